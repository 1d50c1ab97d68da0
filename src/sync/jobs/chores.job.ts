// What has to be done every minute, by one process of all.

import { doChores } from '../chores.js';
import { DEFAULT_POLICY, type Job } from './job.js';

export const choresJob: Job = {
  name: 'chores',
  policy: { ...DEFAULT_POLICY, policy: 'exclusive', expireInSeconds: 300, retryLimit: 0 },
  pollingSeconds: () => [2],
  everySeconds: ({ choresEverySeconds }) => choresEverySeconds,
  handle: ({ chores, services }) => doChores(chores, services.logger),
};
