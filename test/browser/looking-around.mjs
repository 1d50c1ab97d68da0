// An admin, the end of a session, other screens and zones, and what the console says of it all.

import assert from 'node:assert/strict';
import { GOOGLE_OTHER } from './visit.mjs';

/** @param {import('./visit.mjs').Visit} visit @returns {import('./visit.mjs').Step[]} */
export function lookingAround(visit) {
  const {
    service,
    browser,
    context,
    page,
    complaints,
    notices,
    button,
    card,
    eventsOf,
    connect,
    synced,
    shot,
  } = visit;
  return [
    [
      "shows an admin everyone's accounts, and nobody's events",
      async () => {
        await connect('Google', GOOGLE_OTHER);
        await synced(GOOGLE_OTHER);
        await button('Sign out').click();
        await button('Continue as an admin').click();
        await card(GOOGLE_OTHER).getByText('Belongs to demo-user').waitFor();
        await card(GOOGLE_OTHER).getByText('Calendars', { exact: true }).first().click();
        await card(GOOGLE_OTHER).getByRole('checkbox').first().waitFor();
        assert.ok(await card(GOOGLE_OTHER).getByRole('checkbox').first().isDisabled());
        assert.equal(await page.getByRole('region', { name: 'Coming events' }).count(), 0);
        await shot('11-admin');
        await page.getByLabel('Provider').selectOption('microsoft');
        await page.getByText('No connected account is like that.').waitFor();
        await page.getByLabel('Provider').selectOption('google');
        await card(GOOGLE_OTHER).waitFor();
        await page.getByLabel('Mine only').check();
        await page.getByText('No connected account is like that.').waitFor();
        await page.getByLabel('Mine only').uncheck();
      },
    ],
    [
      'goes back to sign-in when the session has ended',
      async () => {
        await card(GOOGLE_OTHER).waitFor();
        await context.clearCookies();
        await page.getByLabel('Status').selectOption('connected');
        await notices.getByText('Your session has ended').waitFor();
        await button('Continue as a user').waitFor();
        await shot('12-session-ended');
      },
    ],
    [
      'is readable in the dark and on a phone',
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
        await shot('13-dark-phone', true);
      },
    ],
    [
      'keeps whole days the dates they are, in every time zone',
      async () => {
        for (const timezoneId of [
          'Pacific/Kiritimati',
          'Europe/Madrid',
          'America/Los_Angeles',
          'Pacific/Pago_Pago',
        ]) {
          const elsewhere = await browser.newContext({ timezoneId });
          const there = await elsewhere.newPage();
          await there.goto(`${service.url}/integrations`);
          const seen = await there.evaluate(async () => {
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
            // Without a zone, these are times of the place.
            return [
              '2026-03-09T23:59',
              '2026-03-10T00:00',
              '2026-03-10T23:59',
              '2026-03-11T00:00',
            ].map(look);
          });
          await elsewhere.close();
          assert.deepEqual(
            seen,
            ['all day, Tomorrow', 'all day, Today', 'all day, Today', 'all day, over'],
            timezoneId,
          );
        }
      },
    ],
    [
      'complains of nothing in the console',
      async () => {
        // The session that was ended on purpose is a 401 too.
        const left = complaints.filter(
          (complaint) => !/401.*\/integrations\/accounts\?/.test(complaint),
        );
        assert.deepEqual(left, []);
      },
    ],
    [
      'lends its looks to the API reference',
      async () => {
        await page.emulateMedia({ colorScheme: 'light' });
        await page.setViewportSize({ width: 1100, height: 850 });
        await page.goto(`${service.url}/docs`);
        await page.getByRole('heading', { level: 1 }).waitFor();
        await shot('14-api-reference');
      },
    ],
  ];
}
