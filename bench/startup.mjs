// How long this service takes to be ready on stores that are migrated, and its memory when idle.

import { setTimeout as sleep } from 'node:timers/promises';
import { memoryOf, run } from './processes.mjs';
import { median, table } from './tables.mjs';
import { targets } from './targets.mjs';

const TIMES = 3;
const IDLE_MS = 4_000;

/** @returns a table in Markdown */
export async function measureStarts(stores) {
  const { ours } = targets(stores);
  const rows = [];
  for (const role of ['web', 'worker', 'all']) {
    const [ready, memory] = [[], []];
    for (let time = 0; time < TIMES; time += 1) {
      const one = await run(ours.command, { ...ours.environment, ROLE: role });
      ready.push(one.readyAfter);
      if (time === 0) {
        await sleep(IDLE_MS);
        memory.push(memoryOf(one.pid));
      }
      await one.end();
    }
    rows.push([role, `${(median(ready) / 1_000).toFixed(2)} s`, `${median(memory).toFixed(0)} MB`]);
  }
  return table(['role', 'ready after', `memory when idle for ${IDLE_MS / 1_000} s`], rows);
}
