// The service, for the server side of this app: it calls with a service key and names the user.

import 'server-only';
import { createClient } from 'calendar-connect/client';

export const serviceUrl = (): string => setting('CALENDAR_CONNECT_URL');

export const service = () =>
  createClient({
    baseUrl: serviceUrl(),
    token: setting('CALENDAR_CONNECT_KEY'),
    // Next keeps answers of `fetch` unless it is asked not to.
    fetch: (input, options) => fetch(input, { ...options, cache: 'no-store' }),
  });

export function setting(name: string): string {
  const value = process.env[name];
  if (value === undefined || value === '') throw new Error(`${name} is missing. See .env.example.`);
  return value;
}
