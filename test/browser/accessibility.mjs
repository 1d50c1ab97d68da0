// Checks the accessibility of the page with axe-core: light, dark, and on a phone.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const PHONE = { width: 390, height: 844 };

/**
 * Checks what is shown now. Afterwards the page looks as before.
 * @param {import('playwright-core').Page} page
 * @param {string} state of the page, for the message
 * @throws AssertionError with the violations of any of axe-core's rules, and for names that two
 *   controls share
 */
export async function checkAccessibility(page, state) {
  const viewport = page.viewportSize();
  const isDark = await page.evaluate(() => matchMedia('(prefers-color-scheme: dark)').matches);
  const looks = /** @type {const} */ ([
    ['light', viewport],
    ['dark', viewport],
    ['light', PHONE],
  ]);
  await page.evaluate(AXE);
  for (const [colorScheme, size] of looks) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    if (size !== null) await page.setViewportSize(size);
    const violations = await page.evaluate(async () => {
      const { axe } = /** @type {{ axe: typeof import('axe-core') }} */ (
        /** @type {unknown} */ (window)
      );
      const result = await axe.run(document, { preload: false, resultTypes: ['violations'] });
      return result.violations.map(
        ({ id, help, nodes }) => `${id}: ${help}: ${nodes.map(({ html }) => html).join(' ')}`,
      );
    });
    assert.deepEqual(violations, [], `${state}, ${colorScheme}, ${size?.width} px`);
  }
  await page.emulateMedia({ colorScheme: isDark ? 'dark' : 'light', reducedMotion: null });
  if (viewport !== null) await page.setViewportSize(viewport);
  assert.deepEqual(await sharedNames(page), [], `${state}: names that are not unique`);
}

/**
 * The accessible names that several buttons, landmarks or progress bars have.
 * @param {import('playwright-core').Page} page
 */
async function sharedNames(page) {
  const tree = await page.locator('body').ariaSnapshot();
  const named = tree.match(/(?<=- )(button|article|region|progressbar) ".*?"(?=[ :]|$)/gm) ?? [];
  return [...new Set(named.filter((name, index) => named.indexOf(name) !== index))];
}
