// The settings of syncs, of requests to providers, and of rate limits.

import { integer } from './kinds.js';
import type { SettingTable } from './setting.js';

/** What is synced, how often, and how requests to providers are limited. */
export const SYNC_SETTINGS = {
  syncPastDays: {
    variable: 'SYNC_PAST_DAYS',
    ...integer(0, 3_650),
    fallback: '30',
    meaning:
      'Days before today whose events are kept. Microsoft lists at most 1825 days in all, today ' +
      'included.',
  },
  syncFutureDays: {
    variable: 'SYNC_FUTURE_DAYS',
    ...integer(1, 3_650),
    fallback: '365',
    meaning: 'Days after today whose events are kept. The same limit applies.',
  },
  syncPollMinutes: {
    variable: 'SYNC_POLL_MINUTES',
    ...integer(1, 1_440),
    fallback: '10',
    meaning: 'Minutes between the scheduled syncs of an account.',
  },
  syncConcurrency: {
    variable: 'SYNC_CONCURRENCY',
    ...integer(1, 1_000),
    fallback: '10',
    meaning: 'Accounts of each provider that this process syncs at the same time.',
  },
  providerTimeoutMs: {
    variable: 'PROVIDER_TIMEOUT_MS',
    ...integer(100, 120_000),
    fallback: '10000',
    meaning: 'Milliseconds to wait for a complete response of a provider.',
  },
  providerMaxBodyBytes: {
    variable: 'PROVIDER_MAX_BODY_BYTES',
    ...integer(65_536, 1_073_741_824),
    fallback: '10485760',
    meaning: 'Largest response body, in bytes, that is read from a provider.',
  },
} as const satisfies SettingTable;

const perMinute = integer(0, 1_000_000_000);

/** Requests per minute. */
export const RATE_LIMIT_SETTINGS = {
  rateLimitStart: {
    variable: 'RATE_LIMIT_START',
    ...perMinute,
    fallback: '20',
    meaning:
      'Authorization requests, by user. Opening a session, completing a ticket and ' +
      'disconnecting have the same limit, each with its own count.',
  },
  rateLimitCallback: {
    variable: 'RATE_LIMIT_CALLBACK',
    ...perMinute,
    fallback: '60',
    meaning:
      'Callbacks, by address. Refused JWTs (except those that have only expired) and provider ' +
      'notices without the right secret have the same limit, each with its own count. Neither ' +
      'stops valid ones from the same address.',
  },
  rateLimitSync: {
    variable: 'RATE_LIMIT_SYNC',
    ...perMinute,
    fallback: '10',
    meaning: 'Sync requests, by user. Selecting a calendar is one.',
  },
  rateLimitRead: {
    variable: 'RATE_LIMIT_READ',
    ...perMinute,
    fallback: '600',
    meaning: 'Reads, by user.',
  },
  rateLimitWrite: {
    variable: 'RATE_LIMIT_WRITE',
    ...perMinute,
    fallback: '60',
    meaning:
      'Writes to calendars, by user: requests that are passed through to the provider, except ' +
      'GET and HEAD.',
  },
} as const satisfies SettingTable;
