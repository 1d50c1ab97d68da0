// Steps of the visit: the hosted pages, for people who are not signed in.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { checkAccessibility } from './accessibility.mjs';
import { SERVICE_KEY } from './running-service.mjs';

const GUEST = 'noor@example.com';

/** @param {import('./visit.mjs').Visit} visit @returns {import('./visit.mjs').Step[]} */
export function hosted(visit) {
  const { service, browser, screenshots } = visit;

  /** @param {string} path @param {unknown} body */
  async function post(path, body) {
    const response = await fetch(`${service.url}/integrations/${path}`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        authorization: `Bearer ${SERVICE_KEY}`,
      },
      body: JSON.stringify(body),
    });
    assert.ok(response.ok, `${path}: ${response.status}`);
    return response.json();
  }

  async function newLink() {
    const body = { userId: 'ana', userLabel: 'Ana Marín (ana@acme.example)', provider: 'google' };
    return (await post('connect-links', body)).url;
  }

  /** @param {import('playwright-core').Page} page @param {string} name */
  async function check(page, name) {
    await checkAccessibility(page, `the hosted page: ${name}`);
    if (screenshots === null) return;
    for (const colorScheme of /** @type {const} */ (['light', 'dark'])) {
      await page.emulateMedia({ colorScheme });
      for (const width of [1100, 390]) {
        await page.setViewportSize({ width, height: 850 });
        const path = join(screenshots, `hosted-${name}-${colorScheme}-${width}.png`);
        await page.screenshot({ path, fullPage: true });
      }
    }
    await page.emulateMedia({ colorScheme: 'light' });
  }

  return [
    [
      'connects a calendar for another by a link, without being signed in',
      async () => {
        const url = await newLink();
        const context = await browser.newContext({ viewport: { width: 1100, height: 850 } });
        const page = await context.newPage();
        /** @type {string[]} */
        const complaints = [];
        page.on('console', (message) => {
          if (message.type() === 'error') complaints.push(message.text());
        });
        await page.goto(url);
        await page.getByText('Ana Marín (ana@acme.example)').waitFor();
        await page.getByText('Acme Planner', { exact: true }).first().waitFor();
        await check(page, 'link');

        await page.getByRole('button', { name: 'Continue with Google' }).click();
        await page.getByRole('button', { name: GUEST }).click();
        await page.getByRole('button', { name: 'Cancel' }).click();
        await page.getByText('You did not give consent').waitFor();
        await check(page, 'refused');

        await page.getByRole('button', { name: 'Continue with Google' }).click();
        await page.getByRole('button', { name: GUEST }).click();
        await page.getByRole('button', { name: 'Continue' }).click();
        await page.getByRole('heading', { name: 'Your Google calendar is connected' }).waitFor();
        await check(page, 'done');
        assert.deepEqual(complaints, []);

        await page.goto(url);
        await page.getByRole('heading', { name: 'This link has ended' }).waitFor();
        await check(page, 'ended');
        await context.close();
      },
    ],
  ];
}
