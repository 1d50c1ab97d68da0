// Google: its variables, and how it is created from them.

import type { Provider, ProviderDefinition, ProviderVariable } from '../provider.js';
import { readSettings } from '../read-settings.js';
import { googleCalendars } from './calendars.js';
import { googleConsent } from './consent.js';
import { googleProxy } from './proxy.js';
import { googlePush } from './push.js';
import { googleRevocation } from './revocation.js';

/** Google's authorization endpoint. */
const AUTHORIZATION_URL = 'https://accounts.google.com/o/oauth2/v2/auth';

const url = <const Name extends string>(name: Name, fallback: string, meaning: string) =>
  ({ name, kind: 'url', fallback, meaning }) as const;

const variables = [
  url('AUTHORIZATION_URL', AUTHORIZATION_URL, 'Where the browser is sent for consent'),
  url(
    'TOKEN_URL',
    'https://oauth2.googleapis.com/token',
    'Where codes and refresh tokens are exchanged for access tokens',
  ),
  url('REVOCATION_URL', 'https://oauth2.googleapis.com/revoke', 'Where a grant is revoked'),
  url(
    'USERINFO_URL',
    'https://openidconnect.googleapis.com/v1/userinfo',
    'Where the profile of the user is read',
  ),
  url('CALENDAR_API_URL', 'https://www.googleapis.com/calendar/v3', 'Base of the Calendar API'),
  {
    name: 'REVOKE_ON_DISCONNECT',
    kind: 'flag',
    fallback: 'true',
    meaning:
      'Whether disconnecting revokes the grant at Google, and refusing a connection its new one. ' +
      'It then ends for every client of the same Google project; one that a connected account ' +
      'still needs is kept',
  },
] as const satisfies readonly ProviderVariable[];

/** Google Calendar. */
export const google = {
  id: 'google',
  name: 'Google',
  otherNames: ['google-calendar', 'google-oauth'],
  calendarScope: 'https://www.googleapis.com/auth/calendar',
  readScope: 'https://www.googleapis.com/auth/calendar.readonly',
  variables,
  create(settings, http): Provider {
    const read = readSettings(settings, variables);
    return {
      id: 'google',
      name: 'Google',
      consent: googleConsent(settings, http, {
        authorizationUrl: read.text('AUTHORIZATION_URL'),
        tokenUrl: read.text('TOKEN_URL'),
        userinfoUrl: read.text('USERINFO_URL'),
      }),
      // Administrators allow apps in the Admin console: support.google.com/a/answer/7281227.
      adminConsent: null,
      revocation: read.flag('REVOKE_ON_DISCONNECT')
        ? googleRevocation(http, read.text('REVOCATION_URL'))
        : 'disabled',
      calendars: googleCalendars(http, read.text('CALENDAR_API_URL')),
      push: googlePush(http, read.text('CALENDAR_API_URL')),
      proxy: googleProxy(http, read.text('CALENDAR_API_URL')),
      manageUrl: 'https://myaccount.google.com/connections',
    };
  },
} as const satisfies ProviderDefinition;
