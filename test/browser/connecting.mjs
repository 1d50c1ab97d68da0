// Steps of the visit: signing in and connecting, with each result of consent.

import assert from 'node:assert/strict';
import { GOOGLE, GOOGLE_OTHER, MICROSOFT } from './visit.mjs';

/** @param {import('./visit.mjs').Visit} visit @returns {import('./visit.mjs').Step[]} */
export function connecting(visit) {
  const {
    service,
    controlSandbox,
    page,
    notices,
    button,
    card,
    eventsOf,
    chooseAccount,
    connect,
    assertCleanAddress,
    watchBar,
    synced,
    look,
  } = visit;
  return [
    [
      'welcomes a visitor who is not signed in',
      async () => {
        await page.goto(`${service.url}/integrations`);
        await page.getByRole('heading', { name: 'Your calendars, connected' }).waitFor();
        await button('Continue as an admin').waitFor();
        await look('01-welcome');
        for (const link of await page.getByRole('contentinfo').getByRole('link').all()) {
          const href = (await link.getAttribute('href')) ?? '';
          assert.equal((await fetch(new URL(href, page.url()))).status, 200, href);
        }
      },
    ],
    [
      'shows no text for developers where people sign in to a product',
      async () => {
        const facts = '**/integrations/page/facts.json';
        await page.route(facts, (route) => route.fulfill({ json: { demoSignIn: false } }));
        await page.reload();
        await page.getByRole('heading', { name: 'Sign in to continue' }).waitFor();
        await look('21-sign-in-elsewhere');
        assert.equal(
          await page
            .getByRole('contentinfo')
            .textContent()
            .then((text) => text?.trim()),
          '',
        );
        assert.doesNotMatch(
          await page.locator('body').innerText(),
          /\bAPI\b|JWT|OpenAPI|POST|developer|session|\/integrations/i,
        );
        await page.unroute(facts);
        await page.reload();
        await button('Continue as a user').waitFor();
      },
    ],
    [
      'signs a user in, and keeps no token',
      async () => {
        await button('Continue as a user').click();
        await page.getByText('No connected accounts yet.').waitFor();
        await page.getByText('Signed in as demo-user').waitFor();
        const stored = await page.evaluate(() =>
          JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie]),
        );
        assert.ok(!/eyJ/.test(stored), 'a JWT is in the storage of the browser');
        await look('02-signed-in');
      },
    ],
    [
      'connects Google through its consent pages and shows the first sync and its events',
      async () => {
        await controlSandbox('configure', { google: { latencyMs: 200, pageSize: 25 } });
        await chooseAccount('Google', GOOGLE);
        await page.getByRole('checkbox').first().waitFor();
        await button('Continue').click();
        await notices.getByText('Google is connected').waitFor();
        await page.locator('article.fresh').waitFor();
        const seen = await watchBar(GOOGLE);
        await card(GOOGLE)
          .getByText(/of \d+ calendars/)
          .waitFor();
        await page.getByRole('progressbar', { name: 'Sync: ana@example.com (Google)' }).waitFor();
        await look('03-first-sync');
        await synced(GOOGLE);
        assert.equal(await page.getByRole('progressbar').count(), 0, 'a bar is announced at rest');
        const states = await seen();
        assert.ok(
          new Set(states.filter((state) => state.startsWith('counted'))).size >= 2,
          `the progress bar did not move: ${states.join(', ')}`,
        );
        assert.ok(states.includes('done scaleX(1)'), 'the progress bar did not fill');
        await eventsOf(GOOGLE).first().waitFor();
        assertCleanAddress();
        await notices.getByText(/^\d[\d,]* events imported\.$/).waitFor();
        await notices.getByText('importing').waitFor({ state: 'detached' });
        await controlSandbox('configure', { google: { latencyMs: 0, pageSize: null } });
        await look('04-events', true);
      },
    ],
    [
      'connects Microsoft',
      async () => {
        await connect('Microsoft', MICROSOFT);
        await synced(MICROSOFT);
        await eventsOf(MICROSOFT).first().waitFor();
        await look('05-two-accounts', true);
      },
    ],
    [
      'shows a notice when consent is denied',
      async () => {
        await chooseAccount('Google', GOOGLE_OTHER);
        await button('Cancel').click();
        await notices.getByText('Nothing was connected').waitFor();
        assertCleanAddress();
        await look('06-denied');
      },
    ],
    [
      'shows a notice when the calendar box is unticked',
      async () => {
        await chooseAccount('Google', GOOGLE_OTHER);
        await page.getByRole('checkbox').first().uncheck();
        await button('Continue').click();
        await notices.getByText('Google did not share your calendars').waitFor();
        await notices.getByText('leave the calendar box ticked').waitFor();
        await look('07-missing-scopes');
        assert.equal(await page.getByRole('article').count(), 2);
      },
    ],
    [
      'shows a result once, and never as HTML',
      async () => {
        await page.reload();
        await card(GOOGLE).waitFor();
        assert.equal(await notices.textContent(), '');
        await page.goto(
          `${service.url}/integrations?status=error&provider=${encodeURIComponent('<img src=x>')}&error=${encodeURIComponent('<b>boo</b>')}`,
        );
        await notices.getByText('Connecting did not work').waitFor();
        assert.equal(await notices.locator('img, b').count(), 0);
        assert.ok(!(await notices.textContent())?.includes('boo'));
      },
    ],
  ];
}
