// Every job of the service.

import { choresJob } from './chores.job.js';
import type { Job } from './job.js';
import { notifiedAccountJob } from './notified-account.job.js';
import { syncAccountJob } from './sync-account.job.js';

export const JOBS: readonly Job[] = [syncAccountJob, notifiedAccountJob, choresJob];
