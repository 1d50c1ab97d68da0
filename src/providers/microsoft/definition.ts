// Microsoft: its variables, and how it is created from them.

import type { Provider, ProviderDefinition, ProviderVariable } from '../provider.js';
import { readSettings } from '../read-settings.js';
import { microsoftAdminConsent } from './admin-consent.js';
import { microsoftCalendars } from './calendars.js';
import { microsoftConsent } from './consent.js';
import { microsoftProxy } from './proxy.js';
import { microsoftPush } from './push.js';

const variables = [
  {
    name: 'TENANT',
    kind: 'text',
    fallback: 'common',
    meaning:
      'Whose accounts may connect: `common`, `organizations`, `consumers`, or one tenant by id or domain',
    form: {
      pattern: /^[A-Za-z0-9][A-Za-z0-9.-]*$/,
      error: 'must be common, organizations, consumers, or the id or the domain of a tenant',
    },
  },
  {
    name: 'AUTHORITY_URL',
    kind: 'url',
    fallback: 'https://login.microsoftonline.com',
    meaning: 'Base of the authorization and token endpoints. National clouds have their own',
  },
  {
    name: 'GRAPH_URL',
    kind: 'url',
    fallback: 'https://graph.microsoft.com/v1.0',
    meaning: 'Base of Microsoft Graph, its version included',
  },
  {
    name: 'AUTHORIZATION_URL',
    kind: 'url',
    fallback: null,
    meaning: 'The authorization endpoint. Unset: `{authority}/{tenant}/oauth2/v2.0/authorize`',
  },
  {
    name: 'TOKEN_URL',
    kind: 'url',
    fallback: null,
    meaning: 'The token endpoint. Unset: `{authority}/{tenant}/oauth2/v2.0/token`',
  },
] as const satisfies readonly ProviderVariable[];

/** A calendar view of more days is refused with ErrorInvalidRequest (microsoft-graph-docs#6284). */
const LONGEST_WINDOW_DAYS = 1_825;

/** Outlook calendars of work and personal accounts. */
export const microsoft = {
  id: 'microsoft',
  name: 'Microsoft',
  otherNames: [
    'azure-ad',
    'microsoft-entra-id',
    'microsoft-outlook',
    'outlook',
    'outlook-calendar',
  ],
  calendarScope: 'https://graph.microsoft.com/Calendars.ReadWrite',
  readScope: 'https://graph.microsoft.com/Calendars.Read',
  variables,
  longestWindowDays: LONGEST_WINDOW_DAYS,
  create(settings, http): Provider {
    const read = readSettings(settings, variables);
    const tenant = read.text('TENANT');
    const authorityUrl = read.text('AUTHORITY_URL');
    const endpoints = `${authorityUrl}/${encodeURIComponent(tenant)}/oauth2/v2.0`;
    const graphUrl = read.text('GRAPH_URL');
    const consent = microsoftConsent(settings, http, {
      authorizationUrl: read.optional('AUTHORIZATION_URL') ?? `${endpoints}/authorize`,
      tokenUrl: read.optional('TOKEN_URL') ?? `${endpoints}/token`,
      graphUrl,
    });
    const { clientId, scopes } = consent;
    return {
      id: 'microsoft',
      name: 'Microsoft',
      consent,
      adminConsent: microsoftAdminConsent({ authorityUrl, tenant, clientId, scopes }),
      // Microsoft cannot end the grant of one app: revokeSignInSessions would sign the user out of
      // everything.
      revocation: null,
      calendars: microsoftCalendars(http, graphUrl),
      push: microsoftPush(http, graphUrl),
      proxy: microsoftProxy(http, graphUrl),
      manageUrl:
        tenant === 'consumers'
          ? 'https://account.live.com/consent/Manage'
          : 'https://myapps.microsoft.com',
    };
  },
} as const satisfies ProviderDefinition;
