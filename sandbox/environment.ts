/** The settings that point a service at a sandbox. */

import type { Sandbox } from './start-sandbox.js';

type EnvironmentOf = (sandbox: Sandbox) => Record<string, string>;

const ENVIRONMENTS: ReadonlyMap<string, EnvironmentOf> = new Map<string, EnvironmentOf>([
  [
    'google',
    ({ google }) => ({
      GOOGLE_CLIENT_ID: google.clientId,
      GOOGLE_CLIENT_SECRET: google.clientSecret,
      GOOGLE_AUTHORIZATION_URL: google.authorizationUrl,
      GOOGLE_TOKEN_URL: google.tokenUrl,
      GOOGLE_REVOCATION_URL: google.revocationUrl,
      GOOGLE_USERINFO_URL: google.userinfoUrl,
      GOOGLE_CALENDAR_API_URL: google.calendarApiUrl,
    }),
  ],
  [
    'microsoft',
    ({ microsoft }) => ({
      MICROSOFT_CLIENT_ID: microsoft.clientId,
      MICROSOFT_CLIENT_SECRET: microsoft.clientSecret,
      MICROSOFT_AUTHORITY_URL: microsoft.authorityUrl,
      MICROSOFT_GRAPH_URL: microsoft.graphUrl,
    }),
  ],
]);

/** Whether the sandbox plays this provider. */
export function plays(provider: string): boolean {
  return ENVIRONMENTS.has(provider);
}

/**
 * The variables that point the provider `provider` of a service at `sandbox`, by their names in the environment.
 * @throws Error when the sandbox does not play this provider
 */
export function environmentFor(sandbox: Sandbox, provider: string): Record<string, string> {
  const environmentOf = ENVIRONMENTS.get(provider);
  if (environmentOf === undefined) throw new Error(`The sandbox plays no provider ${provider}`);
  return environmentOf(sandbox);
}
