/** A minimal browser and API client for the tests of the sandbox. */
import { createHash } from 'node:crypto';
import type { ProviderName, Sandbox } from '../../sandbox/index.js';

/** The redirect URI of the app. Nothing listens there. */
export const REDIRECT_URI = 'http://localhost:3000/callback';
export const GOOGLE_SCOPES = 'openid email https://www.googleapis.com/auth/calendar';
export const MICROSOFT_SCOPES =
  'openid profile email offline_access https://graph.microsoft.com/Calendars.ReadWrite User.Read';
/** The example of RFC 7636, Appendix B. */
export const VERIFIER = 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk';
export const CHALLENGE = createHash('sha256').update(VERIFIER).digest('base64url');

/** A provider's response. Its type is not known; the expectations check it. */
// biome-ignore lint/suspicious/noExplicitAny: see above
export type Json = Record<string, any>;

const isGoogle = (provider: ProviderName) => provider === 'google';

/** The authorization URL to which an app sends the browser. */
export function authorizationUrl(
  sandbox: Sandbox,
  provider: ProviderName,
  more: Record<string, string> = {},
): URL {
  const { google, microsoft } = sandbox;
  const url = new URL(
    isGoogle(provider)
      ? google.authorizationUrl
      : `${microsoft.authorityUrl}/common/oauth2/v2.0/authorize`,
  );
  const usual = {
    client_id: isGoogle(provider) ? google.clientId : microsoft.clientId,
    redirect_uri: REDIRECT_URI,
    response_type: 'code',
    scope: isGoogle(provider) ? GOOGLE_SCOPES : MICROSOFT_SCOPES,
    state: 'the-state',
    code_challenge: CHALLENGE,
    code_challenge_method: 'S256',
    ...(isGoogle(provider) ? { access_type: 'offline' } : {}),
  };
  url.search = new URLSearchParams({ ...usual, ...more }).toString();
  return url;
}

/** Opens an authorization URL. Returns the parameters of the redirect. */
export async function visit(url: URL): Promise<URLSearchParams> {
  const response = await fetch(url, { redirect: 'manual' });
  const location = response.headers.get('location');
  if (!location) throw new Error(`No redirect: ${response.status} ${await response.text()}`);
  return new URL(location).searchParams;
}

/** Sends a POST to the token endpoint. */
export async function token(
  sandbox: Sandbox,
  provider: ProviderName,
  fields: Record<string, string>,
): Promise<{ status: number; body: Json }> {
  const { google, microsoft } = sandbox;
  const url = isGoogle(provider)
    ? google.tokenUrl
    : `${microsoft.authorityUrl}/common/oauth2/v2.0/token`;
  const client = isGoogle(provider) ? google : microsoft;
  const body = new URLSearchParams({
    client_id: client.clientId,
    client_secret: client.clientSecret,
    ...fields,
  });
  const response = await fetch(url, { method: 'POST', body });
  return { status: response.status, body: (await response.json()) as Json };
}

/** The fields of a token request that redeem a code. */
export const redemptionOf = (code: string | null) => ({
  grant_type: 'authorization_code',
  code: code ?? '',
  redirect_uri: REDIRECT_URI,
  code_verifier: VERIFIER,
});

/** Consents as a user and redeems the code. Returns the token response. */
export async function connect(
  sandbox: Sandbox,
  provider: ProviderName,
  user: string,
  more: Record<string, string> = {},
): Promise<Json> {
  const answer = await visit(authorizationUrl(sandbox, provider, { sim_user: user, ...more }));
  return (await token(sandbox, provider, redemptionOf(answer.get('code')))).body;
}

/**
 * Sends a GET with a bearer token. A path is below the provider's API URL; a whole URL is used as
 * it is.
 */
export async function get(
  sandbox: Sandbox,
  provider: ProviderName,
  accessToken: string,
  path: string,
  headers: Record<string, string> = {},
): Promise<{ status: number; body: Json; headers: Headers }> {
  const base = isGoogle(provider) ? sandbox.google.calendarApiUrl : sandbox.microsoft.graphUrl;
  const response = await fetch(path.startsWith('http') ? path : base + path, {
    headers: { authorization: `Bearer ${accessToken}`, ...headers },
  });
  return {
    status: response.status,
    body: (await response.json()) as Json,
    headers: response.headers,
  };
}

/** Sends a request with a JSON body. */
export async function send(
  sandbox: Sandbox,
  provider: ProviderName,
  accessToken: string,
  method: string,
  path: string,
  body?: unknown,
): Promise<{ status: number; body: Json }> {
  const base = isGoogle(provider) ? sandbox.google.calendarApiUrl : sandbox.microsoft.graphUrl;
  const response = await fetch(base + path, {
    method,
    headers: { authorization: `Bearer ${accessToken}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, body: text ? (JSON.parse(text) as Json) : {} };
}

/** Reads all pages of a Google events list. Returns the items and the last page. */
export async function listAll(
  sandbox: Sandbox,
  accessToken: string,
  calendarId: string,
  query: Record<string, string>,
): Promise<{ items: Json[]; last: Json; pages: number; status: number }> {
  const items: Json[] = [];
  let pageToken: string | undefined;
  for (let pages = 1; ; pages += 1) {
    const search = new URLSearchParams({ ...query, ...(pageToken ? { pageToken } : {}) });
    const { status, body } = await get(
      sandbox,
      'google',
      accessToken,
      `/calendars/${encodeURIComponent(calendarId)}/events?${search}`,
    );
    items.push(...((body['items'] as Json[] | undefined) ?? []));
    pageToken = body['nextPageToken'] as string | undefined;
    if (!pageToken) return { items, last: body, pages, status };
  }
}

/** Reads all pages of a delta round. Returns the items and the delta link. */
export async function deltaRound(
  sandbox: Sandbox,
  accessToken: string,
  first: string,
  prefer = 'IdType="ImmutableId", odata.maxpagesize=50',
): Promise<{ items: Json[]; deltaLink: string; pages: number }> {
  const items: Json[] = [];
  let next = first;
  for (let pages = 1; ; pages += 1) {
    const { status, body } = await get(sandbox, 'microsoft', accessToken, next, { prefer });
    if (status !== 200) throw new Error(JSON.stringify(body));
    items.push(...(body['value'] as Json[]));
    if (body['@odata.deltaLink'])
      return { items, deltaLink: body['@odata.deltaLink'] as string, pages };
    next = body['@odata.nextLink'] as string;
  }
}
