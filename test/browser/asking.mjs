// Steps of the visit: an organization that lets only an administrator approve this app. The user
// sends a link, an administrator at another machine answers, and the user connects.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { checkAccessibility } from './accessibility.mjs';
import { BLOCKED, GOOGLE_OTHER } from './visit.mjs';

const ADMINISTRATOR = 'admin@fabrikam.example';

/** @param {import('./visit.mjs').Visit} visit @returns {import('./visit.mjs').Step[]} */
export function asking(visit) {
  const {
    service,
    browser,
    context,
    screenshots,
    controlSandbox,
    page,
    notices,
    button,
    card,
    chooseAccount,
    assertCleanAddress,
    disconnect,
    synced,
    look,
  } = visit;

  const link = () => notices.getByRole('textbox', { name: 'Link for your administrator' });
  const back = 'Return to the application without granting consent';

  /** The user is refused at the provider. */
  async function beRefused() {
    await chooseAccount('Microsoft', BLOCKED);
    await page.getByRole('heading', { name: 'Need admin approval' }).waitFor();
    await button(back).click();
    await notices.getByText('Your organization must approve this app first').waitFor();
    assertCleanAddress();
  }

  /**
   * Opens the link on another machine, answers, and reads the page at the end.
   * @param {'Accept' | 'Cancel'} answer @param {string} heading @param {string} name of the picture
   */
  async function answer(answer, heading, name) {
    const url = await link().inputValue();
    assert.ok(url.startsWith(service.sandboxUrl), `the link leads to ${url}`);
    const machine = await browser.newContext({ viewport: { width: 1100, height: 850 } });
    const other = await machine.newPage();
    /** @type {string[]} */
    const complaints = [];
    other.on('console', (message) => {
      if (message.type() === 'error') complaints.push(message.text());
    });
    await other.goto(url);
    await other.getByRole('button', { name: ADMINISTRATOR }).click();
    await other.getByRole('heading', { name: 'Permissions requested' }).waitFor();
    await other.getByRole('button', { name: answer, exact: true }).click();
    await other.getByRole('heading', { name: heading }).waitFor();
    await other.getByText('Acme Planner', { exact: true }).first().waitFor();
    await checkAccessibility(other, `the page of the administrator: ${name}`);
    if (screenshots !== null)
      await other.screenshot({ path: join(screenshots, `administrator-${name}.png`) });
    assert.deepEqual(complaints, []);
    assert.deepEqual(await machine.cookies(service.url), [], 'the administrator got a cookie');
    await other.reload();
    await other.getByRole('heading', { name: 'This link cannot be used any more' }).waitFor();
    await machine.close();
  }

  return [
    [
      'offers a link for an administrator where the organization blocks the user',
      async () => {
        await beRefused();
        await look('27-blocked');
        await notices.getByRole('button', { name: 'Ask your administrator' }).click();
        await notices.getByText('Send this link to your administrator').waitFor();
        await notices.getByText('Waiting for your administrator…').waitFor();
        await context.grantPermissions(['clipboard-read', 'clipboard-write']);
        await notices.getByRole('button', { name: 'Copy link' }).click();
        await notices.getByRole('button', { name: 'Copied' }).waitFor();
        const copied = await page.evaluate(() => navigator.clipboard.readText());
        assert.equal(copied, await link().inputValue());
        assert.equal(await notices.locator('section').count(), 1);
        await look('28-link-for-administrator');
      },
    ],
    [
      'keeps the link over a reload, and shows the same one when asked again',
      async () => {
        const url = await link().inputValue();
        await page.reload();
        await link().waitFor();
        assert.equal(await link().inputValue(), url);
        await beRefused();
        await notices.getByRole('button', { name: 'Ask your administrator' }).click();
        assert.equal(await link().inputValue(), url);
        assert.equal(await notices.locator('section').count(), 1);
      },
    ],
    [
      'tells the user that an administrator elsewhere has approved, and connects with one click',
      async () => {
        await answer('Accept', 'Your organization has approved this', 'approved');
        await notices.getByText('Your administrator has approved this app').waitFor();
        await look('29-approved');
        await notices.getByRole('link', { name: 'Connect Microsoft now' }).click();
        await page.getByRole('button', { name: BLOCKED.email }).click();
        await notices.getByText('Microsoft is connected').waitFor();
        await synced(BLOCKED);
        await page.reload();
        await card(BLOCKED).waitFor();
        assert.equal(await notices.textContent(), '');
      },
    ],
    [
      'offers the link on the card of an account that is blocked later, and tells of a refusal',
      async () => {
        await controlSandbox('faults', {
          canned: 'aadsts.90094',
          user: BLOCKED.email,
          times: 'always',
        });
        await controlSandbox('expire-access-tokens', {
          provider: 'microsoft',
          user: BLOCKED.email,
        });
        await card(BLOCKED).getByRole('button', { name: 'Sync now' }).click();
        const ask = card(BLOCKED).getByRole('button', { name: 'Ask your administrator' });
        await ask.waitFor();
        await notices.getByRole('button', { name: 'Ask your administrator' }).waitFor();
        await look('30-blocked-account', true);
        await ask.click();
        await link().waitFor();
        await answer('Cancel', 'Nothing was approved', 'refused');
        await notices.getByText('Your administrator did not approve this app').waitFor();
        await notices.getByRole('button', { name: 'Ask again' }).click();
        await link().waitFor();
        await answer('Accept', 'Your organization has approved this', 'approved-later');
        await controlSandbox('faults', null, 'DELETE');
        await notices.getByRole('link', { name: 'Reconnect Microsoft now' }).click();
        await page.getByRole('button', { name: BLOCKED.email }).click();
        await notices.getByText('Microsoft is connected').waitFor();
        await disconnect(BLOCKED);
      },
    ],
    [
      'says where a provider has no link for administrators',
      async () => {
        await controlSandbox('faults', { canned: 'token.admin_policy_enforced' });
        await chooseAccount('Google', GOOGLE_OTHER);
        await button('Continue').click();
        await notices.getByText('Your organization must approve this app first').waitFor();
        await notices.getByRole('button', { name: 'Ask your administrator' }).click();
        await notices.getByText('Google has no link for administrators').waitFor();
        await look('31-no-link');
        await controlSandbox('faults', null, 'DELETE');
        await page.reload();
        await card(GOOGLE_OTHER).waitFor({ state: 'detached' });
      },
    ],
  ];
}
