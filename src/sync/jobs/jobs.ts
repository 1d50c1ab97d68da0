// Every job of the service.

import { choresJob, providerChoresJob } from './chores.job.js';
import type { Job } from './job.js';
import { notifiedAccountJob } from './notified-account.job.js';
import { SYNC_ACCOUNT_JOBS } from './sync-account.job.js';

export const JOBS: readonly Job[] = [
  ...SYNC_ACCOUNT_JOBS,
  notifiedAccountJob,
  choresJob,
  providerChoresJob,
];
