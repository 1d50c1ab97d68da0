// A provider sent notices of an account. One job waits for an account at a time; while it runs, the
// next may wait.

import type { EntityManager } from 'typeorm';
import type { Queue } from '../queue.js';
import { DEFAULT_POLICY, type PlainJob } from './job.js';

interface Notified {
  readonly accountId: string;
}

export const notifiedAccountJob: PlainJob<Notified> = {
  name: 'notified-account',
  policy: { ...DEFAULT_POLICY, policy: 'short', expireInSeconds: 300, deleteAfterSeconds: 60 },
  pollingSeconds: () => [1],
  batchSize: 10,
  handle: ({ push }, { accountId }) => push.notified(accountId),
};

/**
 * Sends the job within the caller's transaction, for `at`. @returns false where one waits already,
 * perhaps for another time
 */
export function sendNotified(
  queue: Pick<Queue, 'send'>,
  manager: EntityManager,
  accountId: string,
  at: Date,
): Promise<boolean> {
  return queue.send(manager, notifiedAccountJob, { accountId }, { key: accountId, startAfter: at });
}
