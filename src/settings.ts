// The table of settings, by groups. The configuration, the library's options, .env.example and
// docs/configuration.md follow from it. To add a setting, add it to its group in settings/ and run
// `npm run docs:settings`.

import type { Environment } from './environment.js';
import { PROVIDERS } from './providers/catalogue.js';
import { BACKEND_SETTINGS } from './settings/backend-settings.js';
import { ADDRESS_SETTINGS, CONSENT_SETTINGS } from './settings/connect-settings.js';
import { misspeltVariables } from './settings/misspelt.js';
import { NOTIFICATION_SETTINGS } from './settings/notification-settings.js';
import { PROCESS_SETTINGS, STORE_SETTINGS } from './settings/process-settings.js';
import { PRODUCT_SETTINGS } from './settings/product-settings.js';
import { providerOptions } from './settings/provider-settings.js';
import { RECORD_SETTINGS } from './settings/record-settings.js';
import type { SettingGroup, SettingTable } from './settings/setting.js';
import { JWT_SETTINGS, SECRET_SETTINGS } from './settings/sign-in-settings.js';
import { RATE_LIMIT_SETTINGS, SYNC_SETTINGS } from './settings/sync-settings.js';

/** Every setting but those of providers, by the name of its option. */
export const SETTINGS = {
  ...PROCESS_SETTINGS,
  ...STORE_SETTINGS,
  ...JWT_SETTINGS,
  ...SECRET_SETTINGS,
  ...ADDRESS_SETTINGS,
  ...CONSENT_SETTINGS,
  ...BACKEND_SETTINGS,
  ...SYNC_SETTINGS,
  ...NOTIFICATION_SETTINGS,
  ...RATE_LIMIT_SETTINGS,
  ...RECORD_SETTINGS,
  ...PRODUCT_SETTINGS,
} as const;

/** Every setting by group, in the order of the documents. */
export const SETTING_GROUPS: readonly SettingGroup[] = [
  { title: 'Process', settings: PROCESS_SETTINGS },
  {
    title: 'Stores',
    note: 'Local mode uses its own PostgreSQL in `DATA_DIR`, and memory instead of Redis.',
    settings: STORE_SETTINGS,
  },
  {
    title: 'Who is asking',
    note:
      'Set `JWT_SECRET` or `JWT_JWKS_URL`, not both. Local mode without either has a demo ' +
      'sign-in on the page.',
    settings: JWT_SETTINGS,
  },
  {
    title: 'Secrets',
    note:
      'Local mode generates its own and keeps them in `DATA_DIR`. A secret or a key that is easy ' +
      'to guess stops the start, and so does such a `JWT_SECRET`: fewer than six different ' +
      'bytes, a repeated pattern, a sequence, or a known example.',
    settings: SECRET_SETTINGS,
  },
  {
    title: 'Addresses',
    note: 'Every URL must be https, except on loopback hosts.',
    settings: ADDRESS_SETTINGS,
  },
  { title: 'Consent', settings: CONSENT_SETTINGS },
  { title: 'Backends', settings: BACKEND_SETTINGS },
  { title: 'Sync', settings: SYNC_SETTINGS },
  { title: 'Notifications', settings: NOTIFICATION_SETTINGS },
  {
    title: 'Rate limits',
    note: 'Per minute. 0 turns a limit off.',
    settings: RATE_LIMIT_SETTINGS,
  },
  { title: 'Records', settings: RECORD_SETTINGS },
  {
    title: 'Your product',
    note: 'How the hosted pages present it to your users.',
    settings: PRODUCT_SETTINGS,
  },
  ...[...PROVIDERS.values()].map((definition) => ({
    title: definition.name,
    note:
      'Without a client this provider is off in production. Local mode uses the sandbox instead. ' +
      `[How to get a client](providers/${definition.id}.md).`,
    settings: providerOptions(definition),
  })),
];

/** Every setting, providers' included, by the name of its option. */
export const ALL_SETTINGS: SettingTable = Object.assign(
  {},
  ...SETTING_GROUPS.map(({ settings }) => settings),
);

/** Every variable that this project reads, those of its tests included. */
export const KNOWN_VARIABLES: readonly string[] = [
  ...Object.values(ALL_SETTINGS).map(({ variable }) => variable),
  'TEST_DATABASE_URL',
  'TEST_REDIS_URL',
];

/** A warning for each variable of `environment` whose name is close to one of ours. */
export const warningsOf = (environment: Environment): readonly string[] =>
  misspeltVariables(environment, KNOWN_VARIABLES).map(
    ({ given, meant }) => `${given} is not a setting and has no effect: did you mean ${meant}?`,
  );
