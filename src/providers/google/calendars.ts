// placeholder until the mapping is in
import type { HttpClient } from '../http-client.js';
import type { ProviderCalendars } from '../provider.js';

export function googleCalendars(_http: HttpClient, _baseUrl: string): ProviderCalendars {
  const notYet = () => Promise.reject(new Error('not yet'));
  return { listCalendars: notYet, readChanges: notYet };
}
