// Memory stays flat however large a calendar is: V8 collects when it must and not when it could, and reading page after
// page it would first take a few hundred megabytes of a machine that it shares.

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** A large page of the provider that gives the largest. What is read less at a time is V8's own affair for longer. */
const EVERY_CHANGES = 2_000;

/** Called with the number of changes that were just read, and again when their page is saved. */
export type Relief = (changes: number) => void;

/**
 * Collects the garbage of large syncs, once for every 2,000 changes over all runs of the process.
 * That takes about 20 ms beside the third of a second for reading and saving them. An ordinary sync
 * causes no collection.
 */
export function createRelief(collect: () => void = garbageCollection()): Relief {
  let since = 0;
  return (changes) => {
    since += changes;
    if (since < EVERY_CHANGES) return;
    since = 0;
    collect();
  };
}

function garbageCollection(): () => void {
  // Also possible while running: only contexts made from now on have it, and this is the only one.
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc') as () => void;
}
