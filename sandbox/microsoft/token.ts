/** Microsoft's token endpoint, keys and discovery. */
import { presentedClient } from '../oauth/client-authentication.js';
import { matchesChallenge } from '../oauth/pkce.js';
import { jwks, signJwt } from '../oauth/signing-key.js';
import { findCode, findGrant, issueAccessToken, issueRefreshToken } from '../oauth/token-store.js';
import { type Exchange, formOf } from '../wire/exchange.js';
import { json, type Reply } from '../wire/reply.js';
import { digest } from '../world/random.js';
import type { Account, Client } from '../world/state.js';
import type { World } from '../world/world.js';
import { aadstsReply } from './aadsts.js';
import { isOpenIdScope, shortScope, spellScopes } from './scopes.js';
import { PERSONAL_TENANT, tenantExists } from './tenants.js';

const REFRESH_LIFETIME_DAYS = 90;

/** POST /{tenant}/oauth2/v2.0/token: authorization_code and refresh_token. */
export function microsoftToken(exchange: Exchange): Reply {
  const { world } = exchange;
  const form = formOf(exchange);
  const tenant = exchange.params['tenant'] ?? 'common';
  if (!tenantExists(world, tenant)) return aadstsReply(world, 90002);
  const grantType = form.get('grant_type');
  if (!grantType) return aadstsReply(world, 900144, { parameter: "'grant_type'" });
  const { clientId, client, secret } = presentedClient(exchange, 'microsoft', form);
  if (!clientId) return aadstsReply(world, 900144, { parameter: "'client_id'" });
  if (!client) return aadstsReply(world, 700016);
  if (!secret) return aadstsReply(world, 7000218);
  if (secret !== client.secret) return aadstsReply(world, 7000215);
  if (client.secretExpired) return aadstsReply(world, 7000222);
  if (world.state.settings.microsoft.scopeRequired && !form.get('scope'))
    return aadstsReply(world, 90014, { parameter: "'scope'" });
  if (grantType === 'authorization_code') return redeemCode(world, client, form);
  if (grantType === 'refresh_token') return refresh(world, client, form);
  return json(400, {
    error: 'unsupported_grant_type',
    error_description: `AADSTS70003: The app requested an unsupported grant type '${grantType}'.`,
    error_codes: [70003],
  });
}

function redeemCode(world: World, client: Client, form: URLSearchParams): Reply {
  const text = form.get('code');
  if (!text) return aadstsReply(world, 900144, { parameter: "'code'" });
  const code = findCode(world, 'microsoft', text);
  if (!code || code.clientId !== client.clientId) return aadstsReply(world, 70000);
  if (code.redeemed) return aadstsReply(world, 54005);
  if (code.expiresAt <= world.now().getTime()) return aadstsReply(world, 70008);
  if (code.redirectUri !== form.get('redirect_uri')) return aadstsReply(world, 500112);
  if (
    code.challenge !== null &&
    !matchesChallenge(form.get('code_verifier') ?? '', code.challenge, code.challengeMethod)
  ) {
    return aadstsReply(world, 501481);
  }
  code.redeemed = true;
  const account = world.account('microsoft', code.accountId);
  return tokenReply(world, client, account, code.tenant, code.scopes, code.offline, code.nonce)
    .reply;
}

function refresh(world: World, client: Client, form: URLSearchParams): Reply {
  const text = form.get('refresh_token');
  if (!text) return aadstsReply(world, 900144, { parameter: "'refresh_token'" });
  const token = world.state.refreshTokens[text];
  if (token?.provider !== 'microsoft' || token.clientId !== client.clientId)
    return aadstsReply(world, 70000);
  const now = world.now().getTime();
  if (token.ended === 'revoked') return aadstsReply(world, 50173);
  if (token.ended || (token.expiresAt !== null && token.expiresAt <= now)) {
    return aadstsReply(world, 700082, {
      issued: `${new Date(token.issuedAt).toISOString().slice(0, -1)}0000Z`,
    });
  }
  const grant = findGrant(world, 'microsoft', client.project, token.accountId);
  const requested = (form.get('scope') ?? '').split(/\s+/).filter(Boolean).map(shortScope);
  if (!grant || requested.some((scope) => scope !== undefined && !grant.scopes.includes(scope))) {
    return aadstsReply(world, 65001);
  }
  const named = requested.filter(
    (scope) => scope !== undefined && !isOpenIdScope(scope),
  ) as string[];
  const scopes =
    named.length > 0 ? [...named, ...token.scopes.filter(isOpenIdScope)] : token.scopes;
  const account = world.account('microsoft', token.accountId);
  const { reply, refreshToken } = tokenReply(
    world,
    client,
    account,
    token.tenant,
    scopes,
    true,
    null,
  );
  // The old token is replaced but not revoked. It stays valid until its own 90 days are over.
  token.lastUsedAt = now;
  if (refreshToken) token.replacedBy = refreshToken;
  world.changed();
  return reply;
}

function tokenReply(
  world: World,
  client: Client,
  account: Account,
  tenant: string,
  scopes: string[],
  offline: boolean,
  nonce: string | null,
): { reply: Reply; refreshToken?: string } {
  const lifetime = 3600 + world.random.number(1800);
  const issuedAt = Math.floor(world.now().getTime() / 1000);
  const times = { iat: issuedAt, nbf: issuedAt, exp: issuedAt + lifetime };
  const issuer = `${world.urls.microsoftLogin}/${account.tenantId}/v2.0`;
  const { signingKey, settings } = world.state;
  const graphScopes = scopes.filter((scope) => !isOpenIdScope(scope));
  // Personal accounts get opaque tokens. Other tokens are JWTs, which only Graph should read.
  const text =
    account.tenantId === PERSONAL_TENANT
      ? `EwB${world.random.text(700)}`
      : signJwt(signingKey, {
          aud: '00000003-0000-0000-c000-000000000000',
          iss: `https://sts.windows.net/${account.tenantId}/`,
          ...times,
          appid: client.clientId,
          oid: account.objectId,
          scp: graphScopes.join(' '),
          tid: account.tenantId,
          uti: world.random.text(22),
        });
  const granted = {
    provider: 'microsoft' as const,
    clientId: client.clientId,
    accountId: account.id,
    scopes,
  };
  issueAccessToken(world, { ...granted, token: text }, lifetime);
  const refreshToken = offline
    ? issueRefreshToken(world, { ...granted, tenant }, REFRESH_LIFETIME_DAYS).token
    : undefined;
  const idToken = scopes.includes('openid')
    ? signJwt(signingKey, {
        aud: client.clientId,
        iss: issuer,
        ...times,
        ...(scopes.includes('email') && account.mail ? { email: account.mail } : {}),
        ...(scopes.includes('profile')
          ? { name: account.name, preferred_username: account.email }
          : {}),
        ...(nonce === null ? {} : { nonce }),
        oid: account.objectId,
        sub: digest(`${client.clientId}:${account.id}`, 43),
        tid: account.tenantId,
        ver: '2.0',
      })
    : undefined;
  const reply = json(200, {
    token_type: 'Bearer',
    scope: spellScopes(scopes, settings.microsoft.scopeFormat),
    expires_in: lifetime,
    ext_expires_in: lifetime,
    access_token: text,
    ...(refreshToken ? { refresh_token: refreshToken } : {}),
    ...(idToken ? { id_token: idToken } : {}),
  });
  return refreshToken ? { reply, refreshToken } : { reply };
}

/** GET /{tenant}/discovery/v2.0/keys. */
export function microsoftKeys(exchange: Exchange): Reply {
  return json(200, jwks(exchange.world.state.signingKey));
}

/** GET /{tenant}/v2.0/.well-known/openid-configuration. */
export function microsoftDiscovery(exchange: Exchange): Reply {
  const { world, params } = exchange;
  const tenant = params['tenant'] ?? 'common';
  if (!tenantExists(world, tenant)) return aadstsReply(world, 90002);
  const shared: Record<string, string> = {
    common: '{tenantid}',
    organizations: '{tenantid}',
    consumers: PERSONAL_TENANT,
  };
  const base = `${world.urls.microsoftLogin}/${tenant}`;
  return json(200, {
    issuer: `${world.urls.microsoftLogin}/${shared[tenant] ?? tenant}/v2.0`,
    authorization_endpoint: `${base}/oauth2/v2.0/authorize`,
    token_endpoint: `${base}/oauth2/v2.0/token`,
    jwks_uri: `${base}/discovery/v2.0/keys`,
    userinfo_endpoint: 'https://graph.microsoft.com/oidc/userinfo',
    response_types_supported: ['code'],
    response_modes_supported: ['query', 'fragment'],
    subject_types_supported: ['pairwise'],
    id_token_signing_alg_values_supported: ['RS256'],
    token_endpoint_auth_methods_supported: ['client_secret_post', 'client_secret_basic'],
    scopes_supported: ['openid', 'profile', 'email', 'offline_access'],
  });
}
