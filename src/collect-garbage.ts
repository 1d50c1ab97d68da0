// Garbage collection for a process of our own that reads large calendars. V8 collects when it must,
// not when it could: reading page after page would first take a few hundred megabytes of a machine
// that other programs share.

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** One large page of Google. Smaller pages leave less behind, and V8 collects that by itself. */
const EVERY_CHANGES = 2_000;

/**
 * A function that is called with a number of changes when they were read, and again when they were
 * saved. It collects once per 2,000 changes, over all runs of the process, and never in an ordinary
 * sync. Collecting stops the whole process: about 20 ms in ours, up to a second in a host with a
 * large heap. So a library does not use this.
 */
export function createGarbageCollection(
  collect: () => void = garbageCollector(),
): (changes: number) => void {
  let since = 0;
  return (changes) => {
    since += changes;
    if (since < EVERY_CHANGES) return;
    since = 0;
    collect();
  };
}

function garbageCollector(): () => void {
  // This also works in a running process: contexts that are made later have the function, and this
  // is the only one.
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc') as () => void;
}
