// Passes requests on to the calendars of a mailbox in Microsoft Graph:
// learn.microsoft.com/graph/api/resources/calendar-overview.

import type { HttpClient } from '../http-client.js';
import { createProxy, type ProviderProxy } from '../provider-proxy.js';
import { LIMITS } from './calendars.js';

/** The calendar resources below `me`, in the case of Graph's documents. Graph ignores the case. */
const RESOURCES = new Set(['calendar', 'calendarGroups', 'calendars', 'calendarView', 'events']);

/** Several requests in one, to any address; and a colon, which begins the path of a file. */
const FOREIGN = /^\$batch$|:/i;

/** @param graphUrl with the version, without a trailing slash */
export function microsoftProxy(http: HttpClient, graphUrl: string): ProviderProxy {
  return createProxy(http, {
    baseUrl: `${graphUrl}/me`,
    prefixes: [['v1.0', 'me'], ['me']],
    limits: LIMITS,
    isAllowed: ([first = '', ...others]) =>
      RESOURCES.has(first) && !others.some((one) => FOREIGN.test(one)),
  });
}
