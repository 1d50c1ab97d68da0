// The page in a real browser, on the built service and its sandbox, in the order a newcomer meets it.
//   npm run test:browser [-- --screenshots <directory>]

import assert from 'node:assert/strict';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { chromium } from 'playwright-core';
import { startService } from './running-service.mjs';

const { screenshots = null } = parseArgs({ options: { screenshots: { type: 'string' } } }).values;
const CHROMIUMS = [
  process.env['CHROMIUM_PATH'] ?? '',
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
];
const FLAGS =
  '--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync';
const PATIENCE_MS = 20_000;
const GOOGLE = { name: 'Ana Marín', email: 'ana@example.com' };
const GOOGLE_OTHER = { name: 'Bo Lindqvist', email: 'bo@example.com' };
const MICROSOFT = { name: 'Cleo Okafor', email: 'cleo@outlook.example' };

const executablePath = CHROMIUMS.find((path) => path !== '' && existsSync(path));
if (executablePath === undefined) {
  console.error('No Chromium was found: install one (Debian: apt-get install chromium) or set CHROMIUM_PATH.');
  process.exit(1);
}
if (screenshots !== null) mkdirSync(screenshots, { recursive: true });

const service = await startService();
const browser = await chromium.launch({ executablePath, args: FLAGS.split(' ') });
const context = await browser.newContext({
  viewport: { width: 1100, height: 850 },
  locale: 'en-GB',
  timezoneId: 'Europe/Madrid',
});
context.setDefaultTimeout(PATIENCE_MS);
const page = await context.newPage();

/** What the console and the content security policy complained of. @type {string[]} */
const complaints = [];
page.on('pageerror', (error) => complaints.push(error.stack ?? error.message));
page.on('console', (message) => {
  const { url } = message.location();
  // Looking whether somebody is signed in is answered 401 when nobody is; Chromium prints that by itself.
  const isLooking = message.text().includes('401') && url === `${service.url}/integrations/providers`;
  if (message.type() === 'error' && url.startsWith(service.url) && !isLooking)
    complaints.push(`${message.text()} ${url}`);
});
await page.addInitScript(() =>
  document.addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) =>
    console.error(`CSP: ${violatedDirective} ${blockedURI}`),
  ),
);

const notices = page.locator('#notices');
const button = (/** @type {string} */ name) => page.getByRole('button', { name, exact: true });
const card = (/** @type {{ name: string, email: string }} */ { email }) =>
  page.getByRole('article').filter({ hasText: email });
const eventsOf = (/** @type {{ name: string, email: string }} */ person) =>
  card(person).getByRole('region', { name: 'Coming events' }).getByRole('listitem');

/** Anything the sandbox does of itself: time, other people, trouble. @param {string} name @param {unknown} body */
async function sandbox(name, body) {
  const response = await fetch(`${service.sandboxUrl}/__sim/${name}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  assert.ok(response.ok, `the sandbox refused ${name}: ${await response.text()}`);
}

/** @param {string} provider @param {{ email: string }} person */
async function chooseAccount(provider, person) {
  await page.getByRole('link', { name: `Connect ${provider}`, exact: true }).click();
  await page.getByRole('button', { name: person.email }).click();
}

/** @param {string} provider @param {{ name: string, email: string }} person */
async function connect(provider, person) {
  await chooseAccount(provider, person);
  await button('Continue').click();
  await notices.getByText(`${provider} is connected`).waitFor();
  assert.equal(new URL(page.url()).search, '', 'the outcome stays in the address');
}

/** Notes every state and width of the bar, from now on. @param {{ name: string, email: string }} person */
async function watchBar(person) {
  return card(person)
    .locator('.sync-line')
    .evaluateHandle((line) => {
      /** @type {string[]} */
      const seen = [];
      const note = () =>
        seen.push(
          `${/** @type {HTMLElement} */ (line).dataset['state']} ${/** @type {HTMLElement} */ (line.querySelector('.bar-fill')).style.transform}`,
        );
      note();
      new MutationObserver(note).observe(line, {
        attributes: true,
        subtree: true,
        attributeFilter: ['data-state', 'style'],
      });
      return seen;
    });
}

/** @param {{ name: string, email: string }} person */
async function synced(person) {
  await card(person).locator('.sync-line[data-state=rest]').waitFor();
  await card(person).getByText('Synced just now').first().waitFor();
}

/** @param {string} name */
async function shot(name, fullPage = false) {
  if (screenshots !== null) await page.screenshot({ path: join(screenshots, `${name}.png`), fullPage });
}

/** @type {[string, () => Promise<void>][]} */
const STEPS = [
  [
    'greets whoever is not signed in',
    async () => {
      await page.goto(`${service.url}/integrations`);
      await page.getByRole('heading', { name: 'Your calendars, connected' }).waitFor();
      await button('Continue as an admin').waitFor();
      await shot('01-welcome');
    },
  ],
  [
    'signs a user in, and keeps no token',
    async () => {
      await button('Continue as a user').click();
      await page.getByText('No connected accounts yet.').waitFor();
      await page.getByText('Signed in as demo-user').waitFor();
      const stored = await page.evaluate(() =>
        JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie]),
      );
      assert.ok(!/eyJ/.test(stored), 'a JWT is in the storage of the browser');
      await shot('02-signed-in');
    },
  ],
  [
    'connects Google through its consent pages, and follows the first sync to its events',
    async () => {
      await sandbox('configure', { google: { latencyMs: 200, pageSize: 25 } });
      await chooseAccount('Google', GOOGLE);
      await page.getByRole('checkbox').first().waitFor();
      await button('Continue').click();
      await notices.getByText('Google is connected').waitFor();
      await page.locator('article.fresh').waitFor();
      const seen = await watchBar(GOOGLE);
      await card(GOOGLE)
        .getByText(/of \d+ calendars/)
        .waitFor();
      await shot('03-first-sync');
      await synced(GOOGLE);
      const states = /** @type {string[]} */ (await seen.jsonValue());
      assert.ok(
        new Set(states.filter((state) => state.startsWith('counted'))).size >= 2,
        `the bar did not move: ${states.join(', ')}`,
      );
      assert.ok(states.includes('done scaleX(1)'), 'the bar did not fill');
      await eventsOf(GOOGLE).first().waitFor();
      assert.equal(new URL(page.url()).search, '', 'the outcome stays in the address');
      await sandbox('configure', { google: { latencyMs: 0, pageSize: null } });
      await shot('04-events', true);
    },
  ],
  [
    'lists more events when asked',
    async () => {
      const before = await eventsOf(GOOGLE).count();
      assert.ok(before > 0, 'no events');
      await card(GOOGLE).getByRole('button', { name: 'Show more' }).click();
      await eventsOf(GOOGLE).nth(before).waitFor();
    },
  ],
  [
    'forgets a calendar that is unticked, and reads it again when it is ticked',
    async () => {
      const row = card(GOOGLE).getByRole('list', { name: 'Calendars' }).getByRole('listitem').first();
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
    'connects Microsoft',
    async () => {
      await connect('Microsoft', MICROSOFT);
      await synced(MICROSOFT);
      await eventsOf(MICROSOFT).first().waitFor();
      await shot('05-two-accounts', true);
    },
  ],
  [
    'syncs now',
    async () => {
      for (const person of [GOOGLE, MICROSOFT]) {
        const seen = await watchBar(person);
        await card(person).getByRole('button', { name: 'Sync now' }).click();
        await assertSoon(
          async () => /** @type {string[]} */ (await seen.jsonValue()).some((state) => state.startsWith('done')),
          'no sync was followed',
        );
        await synced(person);
      }
    },
  ],
  [
    'says so when consent is denied',
    async () => {
      await chooseAccount('Google', GOOGLE_OTHER);
      await button('Cancel').click();
      await notices.getByText('Nothing was connected').waitFor();
      assert.equal(new URL(page.url()).search, '', 'the outcome stays in the address');
      await shot('06-denied');
    },
  ],
  [
    'says so when the calendar box is unticked',
    async () => {
      await chooseAccount('Google', GOOGLE_OTHER);
      await page.getByRole('checkbox').first().uncheck();
      await button('Continue').click();
      await notices.getByText('Google gave no access to your calendars').waitFor();
      await notices.getByText('leave the calendar box ticked').waitFor();
      await shot('07-missing-scopes');
      assert.equal(await page.getByRole('article').count(), 2);
    },
  ],
  [
    'tells an outcome once, and never as HTML',
    async () => {
      await page.reload();
      await card(GOOGLE).waitFor();
      assert.equal(await notices.textContent(), '');
      await page.goto(
        `${service.url}/integrations?status=error&provider=${encodeURIComponent('<img src=x>')}&error=${encodeURIComponent('<b>boo</b>')}`,
      );
      await notices.getByText('Connecting did not work').waitFor();
      assert.equal(await notices.locator('img, b').count(), 0);
      assert.ok(!(await notices.textContent())?.includes('boo'));
    },
  ],
  [
    'asks to reconnect once access was revoked, and reconnects',
    async () => {
      await sandbox('revoke-grants', { provider: 'google', user: GOOGLE.email });
      await card(GOOGLE).getByRole('button', { name: 'Sync now' }).click();
      await card(GOOGLE).getByText('Reconnect needed: access was revoked').waitFor();
      await shot('08-reconnect');
      await card(GOOGLE).getByRole('link', { name: 'Reconnect' }).click();
      await page.getByRole('button', { name: GOOGLE.email }).or(button('Continue')).first().waitFor();
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
        await assertSoon(async () => (await card(person).count()) === 0, 'its card is still there');
      }
      await shot('10-disconnected');
    },
  ],
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
      for (const timezoneId of ['Pacific/Kiritimati', 'Europe/Madrid', 'America/Los_Angeles', 'Pacific/Pago_Pago']) {
        const elsewhere = await browser.newContext({ timezoneId });
        const there = await elsewhere.newPage();
        await there.goto(`${service.url}/integrations`);
        const seen = await there.evaluate(async () => {
          const { dayOf, dayTitle, whenOf } = await import(/** @type {string} */ ('/integrations/page/times.js'));
          const look = (/** @type {string} */ now) => {
            const when = whenOf(
              { allDay: true, start: { date: '2026-03-10' }, end: { date: '2026-03-11' } },
              new Date(now),
            );
            return `${when.words}, ${when.isOver ? 'over' : dayTitle(when.firstDay, dayOf(new Date(now)))}`;
          };
          // Without a zone, these are times of the place.
          return ['2026-03-09T23:59', '2026-03-10T00:00', '2026-03-10T23:59', '2026-03-11T00:00'].map(look);
        });
        await elsewhere.close();
        assert.deepEqual(seen, ['all day, Tomorrow', 'all day, Today', 'all day, Today', 'all day, over'], timezoneId);
      }
    },
  ],
  [
    'complains of nothing in the console',
    async () => {
      // The session that was ended on purpose is a 401 too.
      const left = complaints.filter((complaint) => !/401.*\/integrations\/accounts\?/.test(complaint));
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

/** @param {() => Promise<boolean>} holds @param {string} otherwise */
async function assertSoon(holds, otherwise) {
  const until = Date.now() + PATIENCE_MS;
  while (!(await holds())) {
    if (Date.now() > until) throw new Error(otherwise);
    await page.waitForTimeout(100);
  }
}

let passed = 0;
let failed = 0;
for (const [name, walk] of STEPS) {
  try {
    const begun = performance.now();
    await walk();
    passed += 1;
    console.log(`  ok    ${name} (${((performance.now() - begun) / 1_000).toFixed(1)} s)`);
  } catch (error) {
    failed += 1;
    console.error(
      `  FAIL  ${name}\n        ${error instanceof Error ? error.message.split('\n').slice(0, 12).join('\n        ') : error}`,
    );
    for (const complaint of complaints) console.error(`        console: ${complaint}`);
    const notice = (await notices.textContent().catch(() => '')) ?? '';
    console.error(`        at ${page.url().replace(/\?.*/, '?…')}${notice === '' ? '' : `, which says: ${notice}`}`);
    await shot('failed');
    break; // each step stands on the one before
  }
}
await browser.close();
await service.stop();
if (failed > 0) {
  const printed = service.output().trim();
  console.error(`\nThe service printed:\n${printed.slice(-4_000)}`);
  console.error(`${STEPS.length - passed - failed} steps were not reached.`);
}
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
