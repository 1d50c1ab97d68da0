// Steps of the visit: the events, calendars and syncs of connected accounts, and disconnecting.

import assert from 'node:assert/strict';
import { GOOGLE, MICROSOFT } from './visit.mjs';

/** @param {import('./visit.mjs').Visit} visit @returns {import('./visit.mjs').Step[]} */
export function keeping(visit) {
  const {
    controlSandbox,
    page,
    notices,
    button,
    card,
    eventsOf,
    watchBar,
    synced,
    shot,
    assertSoon,
  } = visit;
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
      'removes the events of an unticked calendar and syncs them again when it is ticked',
      async () => {
        const row = card(GOOGLE)
          .getByRole('list', { name: 'Calendars' })
          .getByRole('listitem')
          .first();
        const name = (await row.locator('.calendar-name').textContent()) ?? '';
        const listed = () => eventsOf(GOOGLE).filter({ hasText: name }).count();
        assert.ok((await listed()) > 0, `no event of ${name} is listed`);
        await row.getByRole('checkbox').uncheck();
        await assertSoon(async () => (await listed()) === 0, `events of ${name} are still listed`);
        await row.getByRole('checkbox').check();
        await assertSoon(async () => (await listed()) > 0, `${name} was not synced again`);
        await synced(GOOGLE);
      },
    ],
    [
      'syncs when the button is pressed',
      async () => {
        for (const person of [GOOGLE, MICROSOFT]) {
          const seen = await watchBar(person);
          await card(person).getByRole('button', { name: 'Sync now' }).click();
          await assertSoon(
            async () => (await seen()).some((state) => state.startsWith('done')),
            'the page showed no sync',
          );
          await synced(person);
        }
      },
    ],
    [
      'asks to reconnect after access was revoked, and reconnects',
      async () => {
        await controlSandbox('revoke-grants', { provider: 'google', user: GOOGLE.email });
        await card(GOOGLE).getByRole('button', { name: 'Sync now' }).click();
        await card(GOOGLE).getByText('Reconnect needed: access was removed').waitFor();
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
      'disconnects and shows what was done',
      async () => {
        for (const [person, words] of /** @type {const} */ ([
          [GOOGLE, 'We removed our access at Google.'],
          [MICROSOFT, 'Microsoft doesn’t let apps remove their own access.'],
        ])) {
          await card(person).getByRole('button', { name: 'Disconnect' }).click();
          if (person === GOOGLE) await shot('09-disconnect');
          await page.getByRole('dialog').getByRole('button', { name: 'Disconnect' }).click();
          await notices.getByText(words).waitFor();
          await notices.getByRole('link', { name: /Open the connected apps/ }).waitFor();
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
