// Steps of the visit: the admin's view, the end of a session, other screens and time zones, and the
// console.

import assert from 'node:assert/strict';
import { mountElsewhere } from './mounted-elsewhere.mjs';
import { GOOGLE_OTHER, MICROSOFT, MICROSOFT_WITHOUT_MAILBOX } from './visit.mjs';

/** @param {import('./visit.mjs').Visit} visit @returns {import('./visit.mjs').Step[]} */
export function lookingAround(visit) {
  const {
    service,
    browser,
    context,
    page,
    errors,
    notices,
    button,
    card,
    eventsOf,
    connect,
    controlSandbox,
    disconnect,
    synced,
    look,
  } = visit;
  return [
    [
      'shows an admin the accounts of all users, but no events',
      async () => {
        await connect('Google', GOOGLE_OTHER);
        await synced(GOOGLE_OTHER);
        await button('Sign out').click();
        await button('Continue as an admin').click();
        await card(GOOGLE_OTHER).getByText('Owner: demo-user').waitFor();
        await card(GOOGLE_OTHER).getByText('Calendars', { exact: true }).first().click();
        await card(GOOGLE_OTHER).getByRole('checkbox').first().waitFor();
        assert.ok(await card(GOOGLE_OTHER).getByRole('checkbox').first().isDisabled());
        assert.equal(await page.getByRole('region', { name: 'Upcoming events' }).count(), 0);
        await look('11-admin');
        await page.getByLabel('Provider').selectOption('microsoft');
        await page.getByText('No accounts match these filters.').waitFor();
        await page.getByLabel('Provider').selectOption('google');
        await card(GOOGLE_OTHER).waitFor();
        await page.getByLabel('Mine only').check();
        await page.getByText('No accounts match these filters.').waitFor();
        await page.getByLabel('Mine only').uncheck();
      },
    ],
    [
      'does not address an admin as the owner',
      async () => {
        await controlSandbox('revoke-grants', { provider: 'google', user: GOOGLE_OTHER.email });
        await card(GOOGLE_OTHER).getByRole('button', { name: 'Sync now' }).click();
        await card(GOOGLE_OTHER).getByText('Reconnect needed: access was removed').waitFor();
        assert.equal(await page.getByRole('link', { name: 'Reconnect' }).count(), 0);
        assert.equal(await page.title(), 'Connected accounts');
        assert.equal(await notices.textContent(), '');
        await look('15-admin-reconnect');
        await card(GOOGLE_OTHER).getByRole('button', { name: 'Disconnect' }).click();
        const dialog = page.getByRole('dialog');
        assert.doesNotMatch((await dialog.textContent()) ?? '', /\byours?\b/i);
        await dialog.getByRole('button', { name: 'Cancel' }).click();
        await connect('Microsoft', MICROSOFT);
        await synced(MICROSOFT);
        await button('Sign out').click();
        await button('Continue as a user').click();
        await card(GOOGLE_OTHER).getByRole('link', { name: 'Reconnect' }).click();
        const account = page.getByRole('button', { name: GOOGLE_OTHER.email });
        await account.or(button('Continue')).first().waitFor();
        if (await account.isVisible()) await account.click();
        await button('Continue').click();
        await notices.getByText('Google is connected').waitFor();
        await connect('Microsoft', MICROSOFT_WITHOUT_MAILBOX, 'has no calendar');
        await button('Sign out').click();
        await button('Continue as an admin').click();
        await card(MICROSOFT_WITHOUT_MAILBOX).waitFor();
        await look('16-admin-accounts', true);
        await card(MICROSOFT_WITHOUT_MAILBOX).getByRole('button', { name: 'Disconnect' }).click();
        await dialog.getByRole('button', { name: 'Disconnect' }).click();
        await notices.getByText('To finish, the owner has to remove this app').waitFor();
        assert.doesNotMatch((await notices.textContent()) ?? '', /\byour\b/i);
        assert.equal(await notices.getByRole('link').count(), 0);
        await disconnect(MICROSOFT);
      },
    ],
    [
      'shows the sign-in when the session has ended',
      async () => {
        await card(GOOGLE_OTHER).waitFor();
        await context.clearCookies();
        await page.getByLabel('Status').selectOption('connected');
        await notices.getByText('Your session has ended').waitFor();
        await button('Continue as a user').waitFor();
        await look('12-session-ended');
      },
    ],
    [
      'fits a phone in dark mode',
      async () => {
        await page.emulateMedia({ colorScheme: 'dark' });
        await page.setViewportSize({ width: 390, height: 844 });
        await page.goto(`${service.url}/integrations`);
        await button('Continue as a user').click();
        await eventsOf(GOOGLE_OTHER).first().waitFor();
        assert.ok(
          await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth),
          'the page is wider than the screen',
        );
        await look('13-dark-phone', true);
      },
    ],
    [
      'shows all-day events on their own date in every time zone',
      async () => {
        for (const timezoneId of [
          'Pacific/Kiritimati',
          'Europe/Madrid',
          'America/Los_Angeles',
          'Pacific/Pago_Pago',
        ]) {
          const context = await browser.newContext({ timezoneId });
          const page = await context.newPage();
          await page.goto(`${service.url}/integrations`);
          const seen = await page.evaluate(async () => {
            const { dayOf, dayTitle, whenOf } = await import(
              /** @type {string} */ ('/integrations/page/times.js')
            );
            const look = (/** @type {string} */ now) => {
              const when = whenOf(
                { allDay: true, start: { date: '2026-03-10' }, end: { date: '2026-03-11' } },
                new Date(now),
              );
              return `${when.words}, ${when.isOver ? 'over' : dayTitle(when.firstDay, dayOf(new Date(now)))}`;
            };
            // A time without a zone is a time in the browser's zone.
            return [
              '2026-03-09T23:59',
              '2026-03-10T00:00',
              '2026-03-10T23:59',
              '2026-03-11T00:00',
            ].map(look);
          });
          await context.close();
          assert.deepEqual(
            seen,
            ['all day, Tomorrow', 'all day, Today', 'all day, Today', 'all day, over'],
            timezoneId,
          );
        }
      },
    ],
    [
      'works where the router is mounted under another path',
      async () => {
        const cookies = await context.cookies(`${service.url}/integrations`);
        const cookie = cookies.map(({ name, value }) => `${name}=${value}`).join('; ');
        const host = await mountElsewhere(service.url, '/api/integrations', cookie);
        try {
          for (const address of [
            '/api/integrations',
            '/api/integrations/',
            '/api/integrations?a=/b',
          ]) {
            const page = await context.newPage();
            /** @type {string[]} */
            const strays = [];
            page.on('response', (response) => {
              const { pathname } = new URL(response.url());
              if (!pathname.startsWith('/api/integrations') || response.status() >= 400)
                strays.push(`${response.status()} ${pathname}`);
            });
            await page.goto(host.url + address);
            await page.getByRole('heading', { name: 'Connected accounts' }).waitFor();
            await page.getByText(GOOGLE_OTHER.email).first().waitFor();
            const hrefs = await page
              .locator('a.brand, a.connect-button')
              .evaluateAll((links) => links.map((link) => link.getAttribute('href')));
            await page.close();
            assert.deepEqual(hrefs, [
              '/api/integrations',
              '/api/integrations/auth/google',
              '/api/integrations/auth/microsoft',
            ]);
            assert.deepEqual(strays, [], address);
          }
        } finally {
          await host.close();
        }
      },
    ],
    [
      'logs no error in the console',
      async () => {
        // The session was ended on purpose, which causes a 401.
        // The accounts of the forged results are unknown, and a provider has no such link.
        const unexpected = errors.filter(
          (error) =>
            !/401.*\/integrations\/accounts\?|404.*\/accounts\/|400.*\/admin-consent\/google/.test(
              error,
            ),
        );
        assert.deepEqual(unexpected, []);
      },
    ],
    [
      'shares its styles with the API reference',
      async () => {
        await page.emulateMedia({ colorScheme: 'light' });
        await page.setViewportSize({ width: 1100, height: 850 });
        await page.goto(`${service.url}/docs`);
        await page.getByRole('heading', { level: 1 }).waitFor();
        await look('14-api-reference');
      },
    ],
  ];
}
