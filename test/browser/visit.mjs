// A visit to the service in a browser: the page, its parts, and the actions of a person.

import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { checkAccessibility } from './accessibility.mjs';

/** @typedef {{ name: string, email: string }} Person */
/** @typedef {[name: string, walk: () => Promise<void>]} Step */
/** @typedef {Awaited<ReturnType<typeof openVisit>>} Visit */

export const GOOGLE = { name: 'Ana Marín', email: 'ana@example.com' };
export const GOOGLE_OTHER = { name: 'Bo Lindqvist', email: 'bo@example.com' };
export const GOOGLE_WITHOUT_CALENDAR = { name: 'Noor Haddad', email: 'noor@example.com' };
export const MICROSOFT_WITHOUT_MAILBOX = { name: 'Gus Guest', email: 'guest@northwind.example' };
export const BLOCKED = { name: 'Lena Brandt', email: 'lena@fabrikam.example' };
export const MICROSOFT = { name: 'Cleo Okafor', email: 'cleo@outlook.example' };

const TIMEOUT_MS = 20_000;

/**
 * Opens a browser page for the visit.
 * @param {import('playwright-core').Browser} browser
 * @param {import('./running-service.mjs').RunningService} service
 * @param {string | null} screenshots the directory for them; null for none
 */
export async function openVisit(browser, service, screenshots) {
  if (screenshots !== null) mkdirSync(screenshots, { recursive: true });
  const viewport = { width: 1100, height: 850 };
  const context = await browser.newContext({
    viewport,
    locale: 'en-GB',
    timezoneId: 'Europe/Madrid',
  });
  context.setDefaultTimeout(TIMEOUT_MS);
  const page = await context.newPage();
  const errors = await listen(page, service.url);

  const notices = page.locator('#notices');
  const button = (/** @type {string} */ name) => page.getByRole('button', { name, exact: true });
  const card = (/** @type {Person} */ { email }) => page.getByRole('article', { name: email });
  const eventsOf = (/** @type {Person} */ person) =>
    card(person).getByRole('region', { name: 'Upcoming events' }).getByRole('listitem');

  /** Calls the sandbox's control API. @param {string} name @param {unknown} body */
  async function controlSandbox(name, body, method = 'POST') {
    const response = await fetch(`${service.sandboxUrl}/__sim/${name}`, {
      method,
      headers: { 'content-type': 'application/json' },
      ...(method === 'POST' ? { body: JSON.stringify(body) } : {}),
    });
    const text = await response.text();
    assert.ok(response.ok, `the sandbox refused ${name}: ${text}`);
    return text === '' ? null : JSON.parse(text);
  }

  /** The number of requests to a route of a provider. @param {string} route @param {Person} person */
  async function requestsOf(route, { email }) {
    const search = new URLSearchParams({ route, user: email });
    return (await controlSandbox(`requests?${search}`, null, 'GET')).length;
  }

  /** @param {string} provider @param {Person} person */
  async function chooseAccount(provider, person) {
    await page.getByRole('link', { name: `Connect ${provider}`, exact: true }).click();
    await page.getByRole('button', { name: person.email }).click();
  }

  /** @param {string} provider @param {Person} person */
  async function connect(provider, person, result = `${provider} is connected`) {
    await chooseAccount(provider, person);
    // Microsoft does not ask again for what was allowed before.
    await button('Continue').or(notices.getByText(result)).waitFor();
    if (await button('Continue').isVisible()) await button('Continue').click();
    await notices.getByText(result).waitFor();
    assertCleanAddress();
  }

  function assertCleanAddress() {
    assert.equal(new URL(page.url()).search, '', 'the result is still in the address');
  }

  /** Disconnects without a look at the result. @param {Person} person */
  async function disconnect(person) {
    await card(person).getByRole('button', { name: 'Disconnect' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Disconnect' }).click();
    await assertSoon(async () => (await card(person).count()) === 0, 'its card is still there');
  }

  /**
   * Records the states and widths of the progress bar from now on.
   * @param {Person} person
   * @returns {Promise<() => Promise<string[]>>}
   */
  async function watchBar(person) {
    const seen = await card(person)
      .locator('.sync-line')
      .evaluateHandle((/** @type {HTMLElement} */ line) => {
        const fill = /** @type {HTMLElement} */ (line.querySelector('.bar-fill'));
        /** @type {string[]} */
        const states = [];
        const record = () => states.push(`${line.dataset['state']} ${fill.style.transform}`);
        record();
        const attributeFilter = ['data-state', 'style'];
        new MutationObserver(record).observe(line, {
          attributes: true,
          subtree: true,
          attributeFilter,
        });
        return states;
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

  /** Takes a picture of a state of the page and checks its accessibility. @param {string} name */
  async function look(name, fullPage = false) {
    await shot(name, fullPage);
    await checkAccessibility(page, name);
  }

  /**
   * Waits until the condition is true.
   * @param {() => Promise<boolean>} condition
   * @param {string} message of the failure
   */
  async function assertSoon(condition, message) {
    const until = Date.now() + TIMEOUT_MS;
    while (!(await condition())) {
      if (Date.now() > until) throw new Error(message);
      await page.waitForTimeout(100);
    }
  }

  const seen = { page, notices, button, card, eventsOf, errors };
  return {
    service,
    browser,
    context,
    screenshots,
    ...seen,
    controlSandbox,
    requestsOf,
    chooseAccount,
    connect,
    assertCleanAddress,
    disconnect,
    watchBar,
    synced,
    shot,
    look,
    assertSoon,
  };
}

/**
 * Collects the errors of the console and the violations of the content security policy.
 * @param {import('playwright-core').Page} page
 * @param {string} origin of the service; errors of the sandbox's pages are ignored
 */
async function listen(page, origin) {
  /** @type {string[]} */
  const errors = [];
  page.on('pageerror', (error) => errors.push(error.stack ?? error.message));
  page.on('console', (message) => {
    const { url } = message.location();
    const isFromService = url.startsWith(origin) || message.text().startsWith('CSP');
    if (message.type() === 'error' && isFromService) errors.push(`${message.text()} ${url}`);
  });
  await page.addInitScript(() =>
    document.addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) =>
      console.error(`CSP: ${violatedDirective} ${blockedURI}`),
    ),
  );
  return errors;
}
