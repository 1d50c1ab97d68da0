// Steps of the visit: the events, calendars and syncs of connected accounts, and disconnecting.

import assert from 'node:assert/strict';
import { GOOGLE, MICROSOFT } from './visit.mjs';

/** @param {import('./visit.mjs').Visit} visit @returns {import('./visit.mjs').Step[]} */
export function keeping(visit) {
  const {
    controlSandbox,
    requestsOf,
    page,
    notices,
    button,
    card,
    eventsOf,
    watchBar,
    synced,
    look,
    assertSoon,
  } = visit;

  /** The account is first on the page and in the notices, and is counted in the title. */
  async function assertFirst(/** @type {string} */ label) {
    const [title, text] = [`${label} needs to be reconnected`, 'Access was removed.'];
    const first = notices.locator('section').first();
    await first.getByText(title).waitFor();
    await first.getByText(text).waitFor();
    await first.getByRole('link', { name: `Reconnect ${label}`, exact: true }).waitFor();
    assert.equal(await page.title(), '(1) Connected accounts');
    assert.ok((await page.getByRole('article').first().textContent())?.includes(GOOGLE.email));
  }

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
      'syncs once for one tick, and says how many events that has read',
      async () => {
        /** @type {string[]} */
        const asked = [];
        const onRequest = (/** @type {import('playwright-core').Request} */ request) => {
          if (request.method() !== 'GET') asked.push(request.method());
        };
        page.on('request', onRequest);
        const listings = await requestsOf('google.calendarList.list', GOOGLE);
        await card(GOOGLE).getByRole('checkbox', { name: 'Holidays' }).check();
        const result = card(GOOGLE).locator('.sync-numbers', { hasText: /^\d+ events? · next/ });
        await result.waitFor();
        assert.ok(Number.parseInt((await result.textContent()) ?? '', 10) > 0);
        await synced(GOOGLE);
        await page.waitForTimeout(2_500); // a second sync would have begun by now
        page.off('request', onRequest);
        assert.deepEqual(asked, ['PATCH']);
        assert.equal(await requestsOf('google.calendarList.list', GOOGLE), listings + 1);
      },
    ],
    [
      'says that an account is up to date when a sync finds nothing new',
      async () => {
        await card(GOOGLE).getByRole('button', { name: 'Sync now' }).click();
        await card(GOOGLE)
          .locator('.sync-numbers', { hasText: /^Up to date · next/ })
          .waitFor();
        assert.equal(await page.getByText('0 events').count(), 0);
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
        const label = 'ana@example.com (Google)';
        const focused = () => page.evaluate(() => document.activeElement?.textContent);
        assert.equal(await focused(), 'Reconnect', 'the focus was lost with its button');
        await page.evaluate(() => scrollTo(0, 0));
        await assertFirst(label);
        await page.reload();
        await card(GOOGLE).waitFor();
        await assertFirst(label);
        await look('08-reconnect');
        await notices.getByRole('button', { name: 'Dismiss' }).click();
        await assertSoon(async () => (await notices.textContent()) === '', 'the notice stayed');
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
        await notices.getByText(/ events imported\.|^Up to date\.$/).waitFor();
        assert.equal(await page.title(), 'Connected accounts');
        assert.equal(await notices.getByText('needs to be reconnected').count(), 0);
      },
    ],
    [
      'shows an account first that needs its user, also from a later page of the list',
      async () => {
        const account = await page.evaluate(
          async (id) => (await fetch(`/integrations/accounts/${id}`)).json(),
          await card(GOOGLE).getAttribute('data-account'),
        );
        const dead = { status: 'reauthorization_required', statusReason: 'expired' };
        const old = { ...account, ...dead, id: crypto.randomUUID(), email: 'old@example.com' };
        await page.route('**/integrations/accounts?**', async (route) => {
          const isAboutDead = route.request().url().includes('status=reauthorization_required');
          const json = isAboutDead
            ? { data: [old], nextCursor: null }
            : { ...(await (await route.fetch()).json()), nextCursor: 'later' };
          await route.fulfill({ json });
        });
        await page.reload();
        await notices.getByText('old@example.com (Google) needs to be reconnected').waitFor();
        await notices.getByText('Access has expired. Its events are no longer updated.').waitFor();
        const first = page.getByRole('article').first();
        assert.match((await first.textContent()) ?? '', /old@example\.com/);
        assert.equal(await page.getByRole('article').count(), 3);
        await page.unrouteAll();
        await page.reload();
        await card(GOOGLE).waitFor();
      },
    ],
    [
      'keeps the colours of calendars and events in a high-contrast mode',
      async () => {
        const colors = () =>
          page.evaluate(() =>
            [...document.querySelectorAll('.dot, .event-words')].map((element) => {
              const part = element.matches('.dot') ? null : '::before';
              return getComputedStyle(element, part).backgroundColor;
            }),
          );
        await eventsOf(GOOGLE).first().waitFor();
        await eventsOf(MICROSOFT).first().waitFor();
        const before = await colors();
        assert.ok(new Set(before).size > 3);
        await page.emulateMedia({ forcedColors: 'active' });
        assert.deepEqual(await colors(), before);
        await look('22-forced-colors');
        await page.emulateMedia({ forcedColors: null });
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
          if (person === MICROSOFT) await look('09-disconnect');
          await page
            .getByRole('dialog')
            .getByText(/Afterwards you see whether our access at \w+ ended too\./)
            .waitFor();
          await page.getByRole('dialog').getByRole('button', { name: 'Disconnect' }).click();
          await notices.getByText(words).waitFor();
          await notices.getByRole('link', { name: /Open the connected apps/ }).waitFor();
          await assertSoon(
            async () => (await card(person).count()) === 0,
            'its card is still there',
          );
        }
        await look('10-disconnected');
      },
    ],
  ];
}
