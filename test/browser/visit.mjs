// A visit to the service in a browser: the page, what is on it, and what a person does there.

import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

/** @typedef {{ name: string, email: string }} Person */
/** @typedef {[name: string, walk: () => Promise<void>]} Step */
/** @typedef {Awaited<ReturnType<typeof openVisit>>} Visit */

export const GOOGLE = { name: 'Ana Marín', email: 'ana@example.com' };
export const GOOGLE_OTHER = { name: 'Bo Lindqvist', email: 'bo@example.com' };
export const MICROSOFT = { name: 'Cleo Okafor', email: 'cleo@outlook.example' };

const PATIENCE_MS = 20_000;

/**
 * @param {import('playwright-core').Browser} browser
 * @param {import('./running-service.mjs').RunningService} service
 * @param {string | null} screenshots the directory for them, if any are wanted
 */
export async function openVisit(browser, service, screenshots) {
  if (screenshots !== null) mkdirSync(screenshots, { recursive: true });
  const viewport = { width: 1100, height: 850 };
  const context = await browser.newContext({
    viewport,
    locale: 'en-GB',
    timezoneId: 'Europe/Madrid',
  });
  context.setDefaultTimeout(PATIENCE_MS);
  const page = await context.newPage();
  const complaints = await listen(page, service.url);

  const notices = page.locator('#notices');
  const button = (/** @type {string} */ name) => page.getByRole('button', { name, exact: true });
  const card = (/** @type {Person} */ { email }) =>
    page.getByRole('article').filter({ hasText: email });
  const eventsOf = (/** @type {Person} */ person) =>
    card(person).getByRole('region', { name: 'Coming events' }).getByRole('listitem');

  /** Anything the sandbox does of itself: time, other people, trouble. @param {string} name @param {unknown} body */
  async function sandboxDoes(name, body) {
    const response = await fetch(`${service.sandboxUrl}/__sim/${name}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    assert.ok(response.ok, `the sandbox refused ${name}: ${await response.text()}`);
  }

  /** @param {string} provider @param {Person} person */
  async function chooseAccount(provider, person) {
    await page.getByRole('link', { name: `Connect ${provider}`, exact: true }).click();
    await page.getByRole('button', { name: person.email }).click();
  }

  /** @param {string} provider @param {Person} person */
  async function connect(provider, person) {
    await chooseAccount(provider, person);
    await button('Continue').click();
    await notices.getByText(`${provider} is connected`).waitFor();
    assert.equal(new URL(page.url()).search, '', 'the outcome stays in the address');
  }

  /** Notes every state and width of the bar, from now on. @param {Person} person @returns {Promise<() => Promise<string[]>>} */
  async function watchBar(person) {
    const seen = await card(person)
      .locator('.sync-line')
      .evaluateHandle((/** @type {HTMLElement} */ line) => {
        const fill = /** @type {HTMLElement} */ (line.querySelector('.bar-fill'));
        /** @type {string[]} */
        const notes = [];
        const note = () => notes.push(`${line.dataset['state']} ${fill.style.transform}`);
        note();
        const attributeFilter = ['data-state', 'style'];
        new MutationObserver(note).observe(line, {
          attributes: true,
          subtree: true,
          attributeFilter,
        });
        return notes;
      });
    return () => seen.jsonValue();
  }

  /** @param {Person} person */
  async function synced(person) {
    await card(person).locator('.sync-line[data-state=rest]').waitFor();
    await card(person).getByText('Synced just now').first().waitFor();
  }

  /** @param {string} name */
  async function shot(name, fullPage = false) {
    if (screenshots !== null)
      await page.screenshot({ path: join(screenshots, `${name}.png`), fullPage });
  }

  /** @param {() => Promise<boolean>} holds @param {string} otherwise */
  async function assertSoon(holds, otherwise) {
    const until = Date.now() + PATIENCE_MS;
    while (!(await holds())) {
      if (Date.now() > until) throw new Error(otherwise);
      await page.waitForTimeout(100);
    }
  }

  const seen = { page, notices, button, card, eventsOf, complaints };
  return {
    service,
    browser,
    context,
    ...seen,
    sandboxDoes,
    chooseAccount,
    connect,
    watchBar,
    synced,
    shot,
    assertSoon,
  };
}

/**
 * What the console and the content security policy complain of.
 * @param {import('playwright-core').Page} page
 * @param {string} origin ours; the sandbox's own pages are its own matter
 */
async function listen(page, origin) {
  /** @type {string[]} */
  const complaints = [];
  page.on('pageerror', (error) => complaints.push(error.stack ?? error.message));
  page.on('console', (message) => {
    const { url } = message.location();
    const isOurs = url.startsWith(origin) || message.text().startsWith('CSP');
    if (message.type() === 'error' && isOurs) complaints.push(`${message.text()} ${url}`);
  });
  await page.addInitScript(() =>
    document.addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) =>
      console.error(`CSP: ${violatedDirective} ${blockedURI}`),
    ),
  );
  return complaints;
}
