/** Garbage is collected after large pages and at no other time. */
import { expect, test } from '@jest/globals';
import { createGarbageCollection } from '../../src/collect-garbage.js';

test('garbage is collected once for a number of changes, and never in an ordinary sync', () => {
  let collected = 0;
  const collectGarbage = createGarbageCollection(() => void collected++);
  for (let i = 0; i < 100; i++) collectGarbage(3);
  expect(collected).toBe(0);
  for (let i = 0; i < 40; i++) collectGarbage(2_500);
  expect(collected).toBe(40);
  for (let i = 0; i < 100; i++) collectGarbage(200);
  expect(collected).toBe(50);
});

test('the process can collect garbage without a start option', () => {
  createGarbageCollection()(1_000_000);
});
