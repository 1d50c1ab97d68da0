// Tests the page in a real browser, with the built service and the sandbox, step by step like a new
// user.
//   npm run test:browser [-- --screenshots <directory>] [--only page | --only elements]

import { parseArgs } from 'node:util';
import { asking } from './asking.mjs';
import { connecting } from './connecting.mjs';
import { elements } from './elements.mjs';
import { JWT_SECRET, startHostPage } from './host-page.mjs';
import { hosted } from './hosted.mjs';
import { keeping } from './keeping.mjs';
import { launchChromium } from './launch.mjs';
import { lookingAround } from './looking-around.mjs';
import { startService } from './running-service.mjs';
import { telling } from './telling.mjs';
import { openVisit } from './visit.mjs';

const { screenshots = null, only = null } = parseArgs({
  options: { screenshots: { type: 'string' }, only: { type: 'string' } },
}).values;

/** @type {(() => Promise<void>)[]} */
const releases = [];
try {
  const browser = await launchChromium();
  releases.push(() => browser.close());
  const visits = { page: visitPage, elements: visitElements };
  const total = { passed: 0, failed: 0 };
  for (const [name, visit] of Object.entries(visits)) {
    if (only !== null && only !== name) continue;
    const { passed, failed } = await visit(browser);
    total.passed += passed;
    total.failed += failed;
  }
  console.log(`${total.passed} passed, ${total.failed} failed`);
  process.exitCode = total.failed === 0 ? 0 : 1;
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
} finally {
  for (const release of releases.reverse()) await release();
}

/** The page of the service. @param {import('playwright-core').Browser} browser */
async function visitPage(browser) {
  const service = await startService();
  releases.push(service.stop);
  const visit = await openVisit(browser, service, screenshots);
  return walk(visit, [
    ...connecting(visit),
    ...telling(visit),
    ...asking(visit),
    ...keeping(visit),
    ...lookingAround(visit),
    ...hosted(visit),
  ]);
}

/** The elements in the page of a host. @param {import('playwright-core').Browser} browser */
async function visitElements(browser) {
  const host = await startHostPage();
  releases.push(host.stop);
  const service = await startService({
    JWT_SECRET,
    FRONTEND_BASE_URL: host.url,
    RETURN_PATHS: '/settings',
    OAUTH_COMPLETION: 'frontend',
  });
  releases.push(service.stop);
  host.use(service.url);
  const visit = await openVisit(browser, { ...service, url: host.url }, screenshots);
  const steps = elements({ ...visit, service }, host);
  return walk({ ...visit, service, notices: visit.page.locator('main') }, steps);
}

/**
 * Takes the steps in order. Each step depends on the one before, so the first failure ends the
 * visit.
 * @param {import('./visit.mjs').Visit} visit
 * @param {import('./visit.mjs').Step[]} steps
 */
async function walk({ service, page, notices, errors, shot }, steps) {
  let passed = 0;
  for (const [name, step] of steps) {
    const begun = performance.now();
    try {
      await step();
    } catch (error) {
      const reason =
        error instanceof Error ? error.message.split('\n').slice(0, 12).join('\n        ') : error;
      console.error(`  FAIL  ${name}\n        ${reason}`);
      for (const consoleError of new Set(errors.map((one) => one.slice(0, 200))))
        console.error(`        console: ${consoleError}`);
      const shown = (await notices.textContent({ timeout: 1_000 }).catch(() => null)) ?? '';
      console.error(
        `        at ${page.url().replace(/\?.*/, '?…')}${shown === '' ? '' : `, which shows: ${shown}`}`,
      );
      await shot('failed');
      console.error(`        ${steps.length - passed - 1} steps were not run`);
      console.error(`\nThe service printed:\n${service.output().trim().slice(-4_000)}\n`);
      return { passed, failed: 1 };
    }
    passed += 1;
    console.log(`  ok    ${name} (${((performance.now() - begun) / 1_000).toFixed(1)} s)`);
  }
  return { passed, failed: 0 };
}
