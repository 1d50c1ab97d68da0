/** The product's variables that make a sandbox stand in for a provider. */
import type { Sandbox } from './start-sandbox.js';

/** Names and values for `provider` (`google` or `microsoft`), as they would stand in an environment. */
export function environmentFor(sandbox: Sandbox, provider: string): Record<string, string> {
  const { google, microsoft } = sandbox;
  const all: Record<string, Record<string, string>> = {
    google: {
      GOOGLE_CLIENT_ID: google.clientId,
      GOOGLE_CLIENT_SECRET: google.clientSecret,
      GOOGLE_AUTHORIZATION_URL: google.authorizationUrl,
      GOOGLE_TOKEN_URL: google.tokenUrl,
      GOOGLE_REVOCATION_URL: google.revocationUrl,
      GOOGLE_USERINFO_URL: google.userinfoUrl,
      GOOGLE_CALENDAR_API_URL: google.calendarApiUrl,
    },
    microsoft: {
      MICROSOFT_CLIENT_ID: microsoft.clientId,
      MICROSOFT_CLIENT_SECRET: microsoft.clientSecret,
      MICROSOFT_AUTHORITY_URL: microsoft.authorityUrl,
      MICROSOFT_GRAPH_URL: microsoft.graphUrl,
    },
  };
  const found = all[provider];
  if (found === undefined) throw new Error(`The sandbox plays no provider ${provider}`);
  return found;
}
