// Memory stays flat however large a calendar is: V8 collects when it must and not when it could, and reading page after
// page it would first take a few hundred megabytes of a machine that it shares.

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** A large page of the provider that gives the largest. What is read less at a time is V8's own affair for longer. */
const EVERY_CHANGES = 2_000;

/** To be told of changes whose page is done with, and of those that have just been read. */
export type Relief = (changes: number) => void;

/**
 * Collects what large readings leave behind, once for so many changes, over all runs of the process: some 20 ms beside the
 * third of a second that reading and saving them takes. Does nothing for an ordinary sync.
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
