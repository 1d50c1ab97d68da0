/** Google's token, revocation, userinfo and key endpoints. */
import { createHash } from 'node:crypto';
import { presentedClient } from '../oauth/client-authentication.js';
import { matchesChallenge } from '../oauth/pkce.js';
import { jwks, signJwt } from '../oauth/signing-key.js';
import {
  findCode,
  findGrant,
  issueAccessToken,
  issueRefreshToken,
  revokeGrants,
  usableAccessToken,
} from '../oauth/token-store.js';
import { type Exchange, formOf } from '../wire/exchange.js';
import { json, type Reply } from '../wire/reply.js';
import type { Account, Client } from '../world/state.js';
import type { World } from '../world/world.js';
import { GOOGLE_ISSUER } from './authorize.js';
import { canonicalScope, isIdentityScope, spellScopes } from './scopes.js';

const LIFETIME_SECONDS = 3599;
const UNUSED_LIMIT_MS = 183 * 86_400_000;

const fail = (status: number, error: string, description?: string) =>
  json(status, { error, ...(description ? { error_description: description } : {}) });

/** POST /token: authorization_code and refresh_token. */
export function googleToken(exchange: Exchange): Reply {
  const form = formOf(exchange);
  const { client, secret } = presentedClient(exchange, 'google', form);
  if (!client) return fail(401, 'invalid_client', 'The OAuth client was not found.');
  if (!secret) return fail(400, 'invalid_request', 'client_secret is missing.');
  if (secret !== client.secret || client.secretExpired)
    return fail(401, 'invalid_client', 'Unauthorized');
  switch (form.get('grant_type')) {
    case 'authorization_code':
      return redeemCode(exchange.world, client, form);
    case 'refresh_token':
      return refresh(exchange.world, client, form);
    default:
      return fail(
        400,
        'unsupported_grant_type',
        `Invalid grant_type: ${form.get('grant_type') ?? ''}`,
      );
  }
}

function redeemCode(world: World, client: Client, form: URLSearchParams): Reply {
  const code = findCode(world, 'google', form.get('code'));
  if (!code) return fail(400, 'invalid_grant', 'Malformed auth code.');
  if (code.clientId !== client.clientId) return fail(400, 'invalid_grant', 'Bad Request');
  if (code.redirectUri !== form.get('redirect_uri'))
    return fail(400, 'redirect_uri_mismatch', 'Bad Request');
  if (code.redeemed || code.expiresAt <= world.now().getTime())
    return fail(400, 'invalid_grant', 'Bad Request');
  const verifier = form.get('code_verifier');
  if (code.challenge !== null) {
    if (!verifier) return fail(400, 'invalid_grant', 'Missing code verifier.');
    if (!matchesChallenge(verifier, code.challenge, code.challengeMethod)) {
      return fail(400, 'invalid_grant', 'Invalid code verifier.');
    }
  }
  code.redeemed = true;
  const account = world.account('google', code.accountId);
  const { google } = world.state.settings;
  const testing = google.testingMode && !code.scopes.every(isIdentityScope);
  const refreshToken = code.offline
    ? issueRefreshToken(
        world,
        {
          provider: 'google',
          clientId: client.clientId,
          accountId: account.id,
          tenant: '',
          scopes: code.scopes,
        },
        testing ? 7 : null,
        google.refreshTokenLimit,
      )
    : undefined;
  return tokenReply(world, client, account, code.scopes, refreshToken?.token, code.nonce);
}

function refresh(world: World, client: Client, form: URLSearchParams): Reply {
  const token = world.state.refreshTokens[form.get('refresh_token') ?? ''];
  if (!form.get('refresh_token'))
    return fail(400, 'invalid_request', 'Missing required parameter: refresh_token');
  if (token?.provider !== 'google') return fail(400, 'invalid_grant', 'Bad Request');
  if (token.clientId !== client.clientId) return fail(401, 'unauthorized_client', 'Unauthorized');
  const now = world.now().getTime();
  const expired = token.expiresAt !== null && token.expiresAt <= now;
  if (token.ended || expired || now - token.lastUsedAt > UNUSED_LIMIT_MS) {
    return fail(400, 'invalid_grant', 'Token has been expired or revoked.');
  }
  token.lastUsedAt = now;
  return tokenReply(
    world,
    client,
    world.account('google', token.accountId),
    token.scopes,
    undefined,
    null,
  );
}

function tokenReply(
  world: World,
  client: Client,
  account: Account,
  scopes: string[],
  refreshToken: string | undefined,
  nonce: string | null,
): Reply {
  const access = issueAccessToken(
    world,
    {
      token: `ya29.a0${world.random.text(180)}`,
      provider: 'google',
      clientId: client.clientId,
      accountId: account.id,
      scopes,
    },
    LIFETIME_SECONDS,
  );
  return json(200, {
    access_token: access.token,
    expires_in: LIFETIME_SECONDS,
    ...(refreshToken ? { refresh_token: refreshToken } : {}),
    scope: spellScopes(scopes),
    token_type: 'Bearer',
    ...(scopes.includes('openid')
      ? { id_token: idToken(world, client, account, scopes, access.token, nonce) }
      : {}),
  });
}

function idToken(
  world: World,
  client: Client,
  account: Account,
  scopes: string[],
  accessToken: string,
  nonce: string | null,
): string {
  const issuedAt = Math.floor(world.now().getTime() / 1000);
  const hash = createHash('sha256')
    .update(accessToken)
    .digest()
    .subarray(0, 16)
    .toString('base64url');
  return signJwt(world.state.signingKey, {
    iss: GOOGLE_ISSUER,
    azp: client.clientId,
    aud: client.clientId,
    sub: account.id,
    ...(scopes.includes(canonicalScope('email'))
      ? { email: account.email, email_verified: true }
      : {}),
    ...(scopes.includes(canonicalScope('profile')) ? profile(account) : {}),
    at_hash: hash,
    ...(nonce === null ? {} : { nonce }),
    iat: issuedAt,
    exp: issuedAt + 3600,
  });
}

function profile(account: Account): Record<string, string> {
  return {
    name: account.name,
    picture: `https://lh3.googleusercontent.com/a/${account.id}=s96-c`,
    given_name: account.givenName,
    family_name: account.familyName,
  };
}

/** POST /revoke: revokes all grants of the user to the client's project. */
export function googleRevoke(exchange: Exchange): Reply {
  const { world } = exchange;
  const text = formOf(exchange).get('token') ?? exchange.query.get('token');
  if (!text) return fail(400, 'invalid_request', 'Missing required parameter: token');
  const refreshToken = world.state.refreshTokens[text];
  const token =
    usableAccessToken(world, 'google', `Bearer ${text}`) ??
    (refreshToken?.ended ? undefined : refreshToken);
  const client = token && world.client('google', token.clientId);
  const grant = client && findGrant(world, 'google', client.project, token.accountId);
  if (!grant || token.provider !== 'google')
    return fail(400, 'invalid_token', 'Token expired or revoked');
  revokeGrants(world, 'google', grant.accountId, grant.project);
  return json(200, {});
}

/** GET userinfo: the OpenID form with `sub`, or the older form with `id`. */
export function googleUserinfo(exchange: Exchange): Reply {
  const { world } = exchange;
  const token = usableAccessToken(
    world,
    'google',
    exchange.headers['authorization'] ?? `Bearer ${exchange.query.get('access_token') ?? ''}`,
  );
  if (!token) {
    const description = 'Request had invalid authentication credentials.';
    return json(
      401,
      { error: 'invalid_request', error_description: description },
      {
        'www-authenticate': 'Bearer realm="https://accounts.google.com/", error="invalid_token"',
      },
    );
  }
  const account = world.account('google', token.accountId);
  const older = exchange.url.pathname.endsWith('/oauth2/v2/userinfo');
  const verified = older ? 'verified_email' : 'email_verified';
  const email = token.scopes.includes(canonicalScope('email'))
    ? { email: account.email, [verified]: true }
    : {};
  const named = token.scopes.includes(canonicalScope('profile')) ? profile(account) : {};
  const picture = { picture: 'https://lh3.googleusercontent.com/a/default-user=s96-c' };
  return json(200, { [older ? 'id' : 'sub']: account.id, ...picture, ...named, ...email });
}

/** GET the public keys of the id tokens. */
export function googleKeys(exchange: Exchange): Reply {
  return json(200, jwks(exchange.world.state.signingKey), {
    'cache-control': 'public, max-age=19800',
  });
}

/** GET /.well-known/openid-configuration. */
export function googleDiscovery(exchange: Exchange): Reply {
  const base = exchange.world.urls.google;
  return json(200, {
    issuer: GOOGLE_ISSUER,
    authorization_endpoint: `${base}/o/oauth2/v2/auth`,
    token_endpoint: `${base}/token`,
    revocation_endpoint: `${base}/revoke`,
    userinfo_endpoint: `${base}/v1/userinfo`,
    jwks_uri: `${base}/oauth2/v3/certs`,
    authorization_response_iss_parameter_supported: true,
    response_types_supported: ['code'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['RS256'],
    code_challenge_methods_supported: ['plain', 'S256'],
    grant_types_supported: ['authorization_code', 'refresh_token'],
  });
}
