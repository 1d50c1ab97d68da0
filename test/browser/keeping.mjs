// What is connected: its events, calendars and syncs, until it is disconnected.

import assert from 'node:assert/strict';
import { GOOGLE, MICROSOFT } from './visit.mjs';

/** @param {import('./visit.mjs').Visit} visit @returns {import('./visit.mjs').Step[]} */
export function keeping(visit) {
  const { sandboxDoes, page, notices, button, card, eventsOf, watchBar, synced, shot, assertSoon } =
    visit;
  return [
    [
      'lists more events when asked',
      async () => {
        await eventsOf(GOOGLE).first().waitFor();
        const before = await eventsOf(GOOGLE).count();
        await card(GOOGLE).getByRole('button', { name: 'Show more' }).click();
        await eventsOf(GOOGLE).nth(before).waitFor();
      },
    ],
    [
      'forgets a calendar that is unticked, and reads it again when it is ticked',
      async () => {
        const row = card(GOOGLE)
          .getByRole('list', { name: 'Calendars' })
          .getByRole('listitem')
          .first();
        const name = (await row.locator('.calendar-name').textContent()) ?? '';
        const listed = () => eventsOf(GOOGLE).filter({ hasText: name }).count();
        assert.ok((await listed()) > 0, `nothing of ${name} is listed`);
        await row.getByRole('checkbox').uncheck();
        await assertSoon(async () => (await listed()) === 0, `events of ${name} stayed`);
        await row.getByRole('checkbox').check();
        await assertSoon(async () => (await listed()) > 0, `${name} was not read again`);
        await synced(GOOGLE);
      },
    ],
    [
      'syncs now',
      async () => {
        for (const person of [GOOGLE, MICROSOFT]) {
          const seen = await watchBar(person);
          await card(person).getByRole('button', { name: 'Sync now' }).click();
          await assertSoon(
            async () => (await seen()).some((state) => state.startsWith('done')),
            'no sync was followed',
          );
          await synced(person);
        }
      },
    ],
    [
      'asks to reconnect once access was revoked, and reconnects',
      async () => {
        await sandboxDoes('revoke-grants', { provider: 'google', user: GOOGLE.email });
        await card(GOOGLE).getByRole('button', { name: 'Sync now' }).click();
        await card(GOOGLE).getByText('Reconnect needed: access was revoked').waitFor();
        await shot('08-reconnect');
        await card(GOOGLE).getByRole('link', { name: 'Reconnect' }).click();
        await page
          .getByRole('button', { name: GOOGLE.email })
          .or(button('Continue'))
          .first()
          .waitFor();
        if (await page.getByRole('button', { name: GOOGLE.email }).isVisible())
          await page.getByRole('button', { name: GOOGLE.email }).click();
        await button('Continue').click();
        await notices.getByText('Google is connected').waitFor();
        await synced(GOOGLE);
      },
    ],
    [
      'disconnects, and says what was done',
      async () => {
        for (const [person, words] of /** @type {const} */ ([
          [GOOGLE, 'Google no longer accepts the access you gave.'],
          [MICROSOFT, 'Microsoft has no way for an app to give access back.'],
        ])) {
          await card(person).getByRole('button', { name: 'Disconnect' }).click();
          if (person === GOOGLE) await shot('09-disconnect');
          await page.getByRole('dialog').getByRole('button', { name: 'Disconnect' }).click();
          await notices.getByText(words).waitFor();
          await notices.getByRole('link', { name: /See your connected apps/ }).waitFor();
          await assertSoon(
            async () => (await card(person).count()) === 0,
            'its card is still there',
          );
        }
        await shot('10-disconnected');
      },
    ],
  ];
}
