// Steps of the visit: what the page says about a connection is true of the account.

import assert from 'node:assert/strict';
import {
  GOOGLE,
  GOOGLE_OTHER,
  GOOGLE_WITHOUT_CALENDAR,
  MICROSOFT_WITHOUT_MAILBOX,
} from './visit.mjs';

const UNKNOWN = '00000000-0000-4000-8000-000000000000';

/** @param {import('./visit.mjs').Visit} visit @returns {import('./visit.mjs').Step[]} */
export function telling(visit) {
  const {
    service,
    browser,
    controlSandbox,
    page,
    notices,
    card,
    connect,
    assertCleanAddress,
    disconnect,
    synced,
    look,
  } = visit;

  /** Opens the page with a result in its address. @param {Record<string, string>} result */
  const arrive = (result, at = page) =>
    at.goto(`${service.url}/integrations?${new URLSearchParams(result)}`);

  /** Checks the card of an account without a calendar, and that only the notice says so. */
  async function assertNoCalendar(
    /** @type {import('./visit.mjs').Person} */ person,
    /** @type {string} */ provider,
  ) {
    const sentence = `We connected ${person.email} (${provider}), but it has no calendar.`;
    assert.equal(await page.getByText('but it has no calendar').count(), 1);
    await notices.getByText(sentence, { exact: true }).waitFor();
    await card(person).getByText('No calendar', { exact: true }).waitFor();
    await card(person).getByText('Connect another account').waitFor();
    const text = (await card(person).innerText()) + (await notices.innerText());
    assert.doesNotMatch(text, /reconnect|import|no events|no upcoming|not synced|is connected/i);
    assert.equal(await page.getByRole('link', { name: 'Reconnect' }).count(), 0);
    assert.equal(await page.title(), 'Connected accounts');
  }

  return [
    [
      'believes no success that the API does not confirm',
      async () => {
        for (const accountId of [UNKNOWN, 'x', '../session', ''])
          for (const provider of ['google', 'nobody']) {
            await arrive({ status: 'success', provider, accountId });
            await card(GOOGLE).waitFor();
            await page.waitForTimeout(150);
            assert.equal(await notices.textContent(), '', `a success of ${accountId}`);
            assertCleanAddress();
          }
        await arrive({ status: 'great', provider: 'google' });
        await card(GOOGLE).waitFor();
        assert.equal(await notices.textContent(), '');
        assertCleanAddress();
      },
    ],
    [
      'says nothing of a success to a visitor who is not signed in',
      async () => {
        const accountId = await card(GOOGLE).getAttribute('data-account');
        const stranger = await browser.newContext();
        const other = await stranger.newPage();
        await arrive({ status: 'success', provider: 'google', accountId: accountId ?? '' }, other);
        await other.getByRole('heading', { name: 'Your calendars, connected' }).waitFor();
        assert.equal(await other.locator('#notices').textContent(), '');
        assert.equal(new URL(other.url()).search, '');
        // To an admin the account exists, but it is not their own.
        await other.getByRole('button', { name: 'Continue as an admin' }).click();
        await other.getByText('Owner: demo-user').first().waitFor();
        await other.waitForTimeout(300);
        assert.equal(await other.locator('#notices').textContent(), '');
        await stranger.close();
      },
    ],
    [
      'says of an account of the caller what is true now',
      async () => {
        const accountId = (await card(GOOGLE).getAttribute('data-account')) ?? '';
        await arrive({ status: 'success', provider: 'microsoft', accountId });
        await notices.getByText('Google is connected').waitFor();
        await notices.getByText(/ events imported\.|^Up to date\.$/).waitFor();
        assertCleanAddress();
        await page.reload();
        await card(GOOGLE).waitFor();
        assert.equal(await notices.textContent(), '');
      },
    ],
    [
      'says once that an account has no calendar, and offers no way to reconnect it',
      async () => {
        for (const [provider, person] of /** @type {const} */ ([
          ['Google', GOOGLE_WITHOUT_CALENDAR],
          ['Microsoft', MICROSOFT_WITHOUT_MAILBOX],
        ])) {
          await connect(provider, person, 'but it has no calendar');
          await assertNoCalendar(person, provider);
          await look(`17-no-calendar-${provider.toLowerCase()}`);
          await page.reload();
          await card(person).getByText('No calendar', { exact: true }).waitFor();
          assert.equal(await notices.textContent(), '');
          await look(`18-no-calendar-later-${provider.toLowerCase()}`);
          await disconnect(person);
        }
      },
    ],
    [
      'says the same of an account whose list of calendars is empty',
      async () => {
        await controlSandbox('faults', {
          route: 'google.calendarList.list',
          user: GOOGLE_OTHER.email,
          times: 'always',
          status: 200,
          body: { kind: 'calendar#calendarList', items: [] },
        });
        await connect('Google', GOOGLE_OTHER, 'but it has no calendar');
        await assertNoCalendar(GOOGLE_OTHER, 'Google');
        await look('19-empty-list');
        await controlSandbox('faults', null, 'DELETE');
        await card(GOOGLE_OTHER).getByRole('button', { name: 'Sync now' }).click();
        await synced(GOOGLE_OTHER);
        await card(GOOGLE_OTHER).getByText('Connected', { exact: true }).waitFor();
        await card(GOOGLE_OTHER).getByRole('checkbox').first().waitFor();
        await disconnect(GOOGLE_OTHER);
      },
    ],
    [
      'says that a first import has failed, and then how it ended',
      async () => {
        await controlSandbox('faults', {
          route: 'google.calendarList.list',
          user: GOOGLE_OTHER.email,
          times: 'always',
          status: 500,
          body: {},
        });
        await connect('Google', GOOGLE_OTHER);
        await notices.getByText('Its calendars are not imported yet.').waitFor();
        await look('20-import-failed');
        await controlSandbox('faults', null, 'DELETE');
        await card(GOOGLE_OTHER).getByRole('button', { name: 'Sync now' }).click();
        await notices.getByText(/ events imported\.|^Up to date\.$/).waitFor();
        await disconnect(GOOGLE_OTHER);
      },
    ],
  ];
}
