// Sends a job again and again, by a timer of this process.

import type { SyncLog } from './log.js';

/** Sends at once and then every `seconds`. */
export async function repeat(
  seconds: number,
  send: () => Promise<unknown>,
  logger: SyncLog,
): Promise<NodeJS.Timeout> {
  const again = () =>
    send().catch((error: unknown) => logger.warn({ err: error }, 'job could not be queued'));
  const timer = setInterval(again, seconds * 1000);
  await again();
  return timer;
}
