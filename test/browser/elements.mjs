// Steps of a second visit: the custom elements in the page of a host on another site.

import assert from 'node:assert/strict';
import { jwtOf } from './host-page.mjs';
import { GOOGLE, MICROSOFT } from './visit.mjs';

const USER = 'ana';

/**
 * @param {import('./visit.mjs').Visit} visit of the service
 * @param {Awaited<ReturnType<typeof import('./host-page.mjs').startHostPage>>} host
 * @returns {import('./visit.mjs').Step[]}
 */
export function elements({ page, look, controlSandbox, service, assertSoon, errors }, host) {
  const list = page.locator('calendar-connect-accounts');
  const one = page.locator('#one');
  const row = (/** @type {import('./visit.mjs').Person} */ { email }) =>
    list.getByRole('listitem').filter({ hasText: email });
  const button = (/** @type {string | RegExp} */ name) => list.getByRole('button', { name });
  /** @returns {Promise<string[][]>} */
  const heard = () => page.evaluate(() => /** @type {any} */ (window).heard);
  const isHeard = async (/** @type {string} */ name, code = '') =>
    (await heard()).some(([, event, of]) => event === name && of === code);
  const soonHeard = (/** @type {string} */ name, code = '') =>
    assertSoon(() => isHeard(name, code), `the event ${name} ${code} was not dispatched`);
  const focused = () =>
    page.evaluate(() => {
      const { activeElement } = document;
      return activeElement?.shadowRoot?.activeElement?.textContent ?? activeElement?.localName;
    });

  return [
    [
      'the elements say that no one is signed in',
      async () => {
        await page.goto(`${host.url}/settings`);
        await list.getByText('You are signed out').waitFor();
        await soonHeard('error', 'unauthenticated');
        await look('elements-1-signed-out');
        // The refused requests are logged by the browser.
        errors.length = 0;
      },
    ],
    [
      'connect an account with a token and a ticket, and tell the page',
      async () => {
        host.signIn(USER);
        await page.reload();
        await list.getByText('No calendar is connected.').waitFor();
        await look('elements-2-none');
        await button('Connect Google Calendar').click();
        await page.getByRole('button', { name: GOOGLE.email }).click();
        await page.getByRole('button', { name: 'Continue' }).click();
        await list.getByText('ana@example.com is connected.').waitFor();
        await row(GOOGLE).waitFor();
        await soonHeard('connected');
        assert.equal(page.url(), `${host.url}/settings`);
        await row(GOOGLE).getByText('Updated').waitFor();
        await look('elements-3-connected');
      },
    ],
    [
      'say what went wrong at the provider',
      async () => {
        await button('Connect Outlook').click();
        await page.getByRole('button', { name: MICROSOFT.email }).click();
        await page.getByRole('button', { name: 'Cancel' }).click();
        await list.getByText('You did not allow access').waitFor();
        await soonHeard('error', 'access_denied');
        assert.equal(page.url(), `${host.url}/settings`);
        await look('elements-4-refused');
      },
    ],
    [
      'believe no link that names an account of someone else',
      async () => {
        const accountId = '00000000-0000-4000-8000-000000000000';
        await page.goto(
          `${host.url}/settings?status=success&provider=google&accountId=${accountId}`,
        );
        await row(GOOGLE).waitFor();
        assert.equal(await isHeard('connected'), false);
        assert.equal(await list.getByText('is connected.').count(), 0);
        errors.length = 0;
      },
    ],
    [
      'reconnect an account whose grant was revoked',
      async () => {
        await controlSandbox('revoke-grants', { provider: 'google', user: GOOGLE.email });
        await syncAll(service.url);
        await page.reload();
        await row(GOOGLE).getByText('Reconnect needed').waitFor();
        await look('elements-5-reconnect');
        await button('Reconnect ana@example.com (Google Calendar)').click();
        // The sandbox knows by the login hint who it is, or asks.
        await page
          .getByRole('button', { name: GOOGLE.email })
          .or(page.getByRole('button', { name: 'Continue' }))
          .first()
          .click();
        const more = page.getByRole('button', { name: 'Continue' });
        await more.or(list).first().waitFor();
        if (await more.isVisible()) await more.click();
        await list.getByText('ana@example.com is connected.').waitFor();
        await row(GOOGLE).getByText('Updated').waitFor();
      },
    ],
    [
      'speak the language of the page, and look as it says',
      async () => {
        await page.evaluate(() => {
          document.querySelector('#one')?.setAttribute('lang', 'de-CH');
          document.querySelector('#one')?.removeAttribute('label');
          document.querySelector('#one')?.classList.add('themed');
        });
        const themed = one.getByRole('button', { name: 'Google Calendar verbinden' });
        await themed.waitFor();
        const style = await themed.evaluate((element) => {
          const { backgroundColor, borderRadius, textTransform } = getComputedStyle(element);
          return { backgroundColor, borderRadius, textTransform };
        });
        assert.deepEqual(style, {
          backgroundColor: 'rgb(91, 42, 134)',
          borderRadius: '0px',
          textTransform: 'uppercase',
        });
        await look('elements-6-themed');
      },
    ],
    [
      'show a start that the service refuses',
      async () => {
        await one.evaluate((element) => element.setAttribute('return-to', '/elsewhere'));
        await one.getByRole('button').click();
        await one
          .getByRole('alert')
          .getByText(/returnTo|return/i)
          .waitFor();
        await soonHeard('error', 'return_to_not_allowed');
        await look('elements-7-refused-start');
        errors.length = 0;
      },
    ],
    [
      'disconnect with the keyboard alone, after a question',
      async () => {
        await button('Disconnect ana@example.com (Google Calendar)').focus();
        await page.keyboard.press('Enter');
        await list.getByText('Disconnect ana@example.com?').waitFor();
        assert.equal(await focused(), 'Cancel');
        await look('elements-8-question');
        await page.keyboard.press('Escape');
        assert.equal(await focused(), 'Disconnect');
        await page.keyboard.press('Enter');
        await page.keyboard.press('Tab');
        assert.equal(await focused(), 'Disconnect');
        await page.keyboard.press('Enter');
        await list.getByText('ana@example.com is disconnected.').waitFor();
        await list.getByText('No calendar is connected.').waitFor();
        await soonHeard('disconnected');
        assert.notEqual(await focused(), 'body');
      },
    ],
    [
      'break no rule of the page’s policy',
      async () => {
        assert.deepEqual(errors, []);
      },
    ],
  ];
}

/** Starts a sync of each account of the user. @param {string} url of the service */
async function syncAll(url) {
  const headers = { authorization: `Bearer ${await jwtOf(USER)}` };
  const list = await fetch(`${url}/integrations/accounts`, { headers });
  const { data } = await list.json();
  for (const { id } of data)
    await fetch(`${url}/integrations/sync/${id}`, { method: 'POST', headers });
  for (const { id } of data) {
    /** @type {{ state: string }} */
    let sync;
    do {
      await new Promise((resolve) => setTimeout(resolve, 100));
      sync = await (await fetch(`${url}/integrations/sync/${id}`, { headers })).json();
    } while (sync.state === 'queued' || sync.state === 'running');
  }
}
