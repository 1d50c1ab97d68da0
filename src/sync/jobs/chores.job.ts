// What has to be done every minute, by one process of all. Chores that ask providers are a job of
// their own: a slow provider must not hold the others.

import { doChores } from '../chores.js';
import { DEFAULT_POLICY, type JobContext, type PlainJob } from './job.js';

export const choresJob: PlainJob = {
  name: 'chores',
  ...everyMinute(),
  handle: ({ chores, services }) =>
    doChores(
      chores.filter(({ asksProviders }) => !asksProviders),
      services.logger,
    ),
};

export const providerChoresJob: PlainJob = {
  name: 'provider-chores',
  ...everyMinute(),
  async handle({ chores, services }) {
    const asking = chores.filter(({ asksProviders }) => asksProviders);
    await Promise.all(asking.map((chore) => doChores([chore], services.logger)));
  },
};

function everyMinute(): Pick<PlainJob, 'policy' | 'pollingSeconds' | 'everySeconds'> {
  return {
    policy: { ...DEFAULT_POLICY, policy: 'exclusive', expireInSeconds: 300, retryLimit: 0 },
    pollingSeconds: () => [2],
    everySeconds: ({ choresEverySeconds }: JobContext) => choresEverySeconds,
  };
}
