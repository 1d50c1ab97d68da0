// Passes requests on to Google's Calendar API:
// developers.google.com/workspace/calendar/api/v3/reference.

import type { HttpClient } from '../http-client.js';
import { createProxy, type ProviderProxy } from '../provider-proxy.js';
import { LIMITS } from './calendars.js';

/** The resources of the API. Batch requests have an address outside of it. */
const RESOURCES = new Set(['calendars', 'channels', 'colors', 'freeBusy']);
/** The resources of the user, below `users/me`. */
const OF_USER = new Set(['calendarList', 'settings']);

/** @param baseUrl of the Calendar API, without a trailing slash */
export function googleProxy(http: HttpClient, baseUrl: string): ProviderProxy {
  return createProxy(http, {
    baseUrl,
    prefixes: [['calendar', 'v3']],
    limits: LIMITS,
    isAllowed(segments) {
      const [first = '', second = '', third = ''] = segments;
      // A colon can begin a custom method. Only the ids of rules have one: `user:ana@example.com`.
      if (segments.some((one, at) => one.includes(':') && segments[at - 1] !== 'acl')) return false;
      if (first !== 'users') return RESOURCES.has(first);
      return second === 'me' && OF_USER.has(third);
    },
  });
}
