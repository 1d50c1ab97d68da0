// The settings of addresses and of consent.

import { isPrivate } from './hosts.js';
import { baseUrl, flag, integer, list, oneOf, origins, url } from './kinds.js';
import type { Kind, SettingTable } from './setting.js';

const pathPrefixes = {
  reads: list.reads.refine((paths) => paths.every((path) => /^\/(?![/\\])[^?#\\\s]*$/.test(path)), {
    error: 'must be path prefixes such as /integrations',
  }),
  option: list.option,
} as const satisfies Kind<readonly string[]>;

/** Providers send their notices over the internet: they could not reach a private host. */
const publicBaseUrl = {
  reads: baseUrl.reads.refine((value) => !isPrivate(new URL(value).hostname), {
    error:
      'names a private host, which no provider can reach: use a public https URL, or ' +
      'unset it to use polling only',
  }),
  option: baseUrl.option,
} as const satisfies Kind<string>;

/** Where this service and its frontend are reached. */
export const ADDRESS_SETTINGS = {
  oauthRedirectBaseUrl: {
    variable: 'OAUTH_REDIRECT_BASE_URL',
    ...baseUrl,
    required: true,
    meaning:
      'URL of this service without `/integrations`, as browsers and providers see it: an ' +
      'origin, or with a path where a router is mounted below one. ' +
      '`https://app.example.com/api` means `/api/integrations`.',
    example: 'https://calendars.example.com',
  },
  frontendBaseUrl: {
    variable: 'FRONTEND_BASE_URL',
    ...url,
    required: true,
    meaning: 'Where the browser goes after the callback. Its origin may call this API.',
    example: 'https://app.example.com',
  },
  frontendOrigins: {
    variable: 'FRONTEND_ORIGINS',
    ...origins,
    meaning: 'More origins that may call this API, comma-separated.',
  },
  returnPaths: {
    variable: 'RETURN_PATHS',
    ...pathPrefixes,
    fallback: '/integrations',
    meaning: 'Path prefixes that `returnTo` may have, comma-separated.',
  },
  webhookBaseUrl: {
    variable: 'WEBHOOK_BASE_URL',
    ...publicBaseUrl,
    meaning:
      'Public https URL for the notices of providers, which they send to ' +
      '`{it}/integrations/webhooks/{provider}`. It may have a path. A host of a private network is refused. ' +
      'Unset: polling only.',
  },
} as const satisfies SettingTable;

/** How consent is completed. */
export const CONSENT_SETTINGS = {
  oauthCompletion: {
    variable: 'OAUTH_COMPLETION',
    ...oneOf(['browser', 'frontend']),
    fallback: 'browser',
    meaning:
      '`browser`: the callback must arrive in the browser that started. `frontend`: your ' +
      'frontend completes the connection with its JWT.',
  },
  calendarAccess: {
    variable: 'CALENDAR_ACCESS',
    ...oneOf(['write', 'read']),
    fallback: 'write',
    meaning: 'The access that a start requests where it names none.',
  },
  stateTtlSeconds: {
    variable: 'STATE_TTL_SECONDS',
    ...integer(1, 3_600),
    fallback: '600',
    meaning: 'Seconds that an authorization request is valid.',
  },
  oneUserPerProviderAccount: {
    variable: 'ONE_USER_PER_PROVIDER_ACCOUNT',
    ...flag,
    fallback: 'false',
    meaning: 'Refuse a provider account that another user has connected.',
  },
} as const satisfies SettingTable;
