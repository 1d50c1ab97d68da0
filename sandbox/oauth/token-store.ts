/** Issues, finds and revokes codes, access tokens and refresh tokens, for both providers. */
import { ALPHABET } from '../world/random.js';
import type {
  AccessToken,
  AuthorizationCode,
  Grant,
  ProviderName,
  RefreshToken,
} from '../world/state.js';
import type { World } from '../world/world.js';

const CODE_LIFETIME_MS = 600_000;
const DAY = 86_400_000;

/** Issues an authorization code, which is valid for ten minutes. */
export function issueCode(
  world: World,
  input: Omit<AuthorizationCode, 'expiresAt' | 'redeemed' | 'code'>,
): AuthorizationCode {
  const now = world.now().getTime();
  const usual =
    input.provider === 'google'
      ? `4/0A${world.random.text(70)}`
      : `1.A${world.random.text(640)}.${world.random.text(180)}`;
  const length = world.state.settings[input.provider].codeLength;
  const text =
    length === null
      ? usual
      : (usual + world.random.text(Math.max(0, length - usual.length))).slice(0, length);
  const code = { ...input, code: text, expiresAt: now + CODE_LIFETIME_MS, redeemed: false };
  // A used code is kept for a day, so that a second redemption differs from an unknown code.
  world.state.codes = world.state.codes.filter((one) => one.expiresAt > now - DAY);
  world.state.codes.push(code);
  world.changed();
  return code;
}

/** Finds a code, also if it was used or has expired. */
export function findCode(
  world: World,
  provider: ProviderName,
  code: string | null,
): AuthorizationCode | undefined {
  return world.state.codes.find((one) => one.provider === provider && one.code === code);
}

/** Issues an access token. Its lifetime is measured by the sandbox's clock. */
export function issueAccessToken(
  world: World,
  input: Omit<AccessToken, 'expiresAt'>,
  lifetimeSeconds: number,
): AccessToken {
  const now = world.now().getTime();
  const token = { ...input, expiresAt: now + lifetimeSeconds * 1000 };
  for (const [text, old] of Object.entries(world.state.accessTokens)) {
    if (old.expiresAt < now - DAY) delete world.state.accessTokens[text];
  }
  world.state.accessTokens[token.token] = token;
  world.changed();
  return token;
}

/** Issues a refresh token. If there are more than `limit`, the oldest ones become invalid. */
export function issueRefreshToken(
  world: World,
  input: Pick<RefreshToken, 'provider' | 'clientId' | 'accountId' | 'tenant' | 'scopes'>,
  lifetimeDays: number | null,
  limit = Number.POSITIVE_INFINITY,
): RefreshToken {
  const now = world.now().getTime();
  const prefix = input.provider === 'google' ? `1//0${world.random.text(1, ALPHABET.hex)}` : '1.AX';
  const token: RefreshToken = {
    ...input,
    token: prefix + world.random.text(input.provider === 'google' ? 95 : 700),
    issuedAt: now,
    lastUsedAt: now,
    expiresAt: lifetimeDays === null ? null : now + lifetimeDays * DAY,
  };
  world.state.refreshTokens[token.token] = token;
  const live = liveRefreshTokens(world, input.provider, input.accountId, input.clientId);
  for (const oldest of live.slice(0, Math.max(0, live.length - limit))) oldest.ended = 'displaced';
  world.changed();
  return token;
}

/** The valid refresh tokens, oldest first. */
export function liveRefreshTokens(
  world: World,
  provider: ProviderName,
  accountId: string,
  clientId?: string,
): RefreshToken[] {
  const now = world.now().getTime();
  return Object.values(world.state.refreshTokens).filter(
    (token) =>
      token.provider === provider &&
      token.accountId === accountId &&
      (clientId === undefined || token.clientId === clientId) &&
      !token.ended &&
      (token.expiresAt === null || token.expiresAt > now),
  );
}

/** Finds the grant of a user to a project. */
export function findGrant(
  world: World,
  provider: ProviderName,
  project: string,
  accountId: string,
): Grant | undefined {
  return world.state.grants.find(
    (grant) =>
      grant.provider === provider && grant.project === project && grant.accountId === accountId,
  );
}

/** Adds scopes to a grant, or creates it. */
export function extendGrant(world: World, input: Grant): Grant {
  let grant = findGrant(world, input.provider, input.project, input.accountId);
  if (!grant) {
    grant = { ...input, scopes: [] };
    world.state.grants.push(grant);
  }
  grant.scopes = [...new Set([...grant.scopes, ...input.scopes])];
  world.changed();
  return grant;
}

/**
 * Revokes the grants and tokens of a user for one project, or for all. Returns the number of
 * refresh tokens.
 */
export function revokeGrants(
  world: World,
  provider: ProviderName,
  accountId: string,
  project?: string,
): number {
  const inProject = (clientId: string) =>
    project === undefined || world.client(provider, clientId)?.project === project;
  let ended = 0;
  for (const token of Object.values(world.state.refreshTokens)) {
    if (token.provider !== provider || token.accountId !== accountId || !inProject(token.clientId))
      continue;
    if (!token.ended) ended += 1;
    token.ended = 'revoked';
  }
  for (const token of Object.values(world.state.accessTokens)) {
    if (token.provider === provider && token.accountId === accountId && inProject(token.clientId))
      token.revoked = true;
  }
  world.state.grants = world.state.grants.filter(
    (grant) =>
      grant.provider !== provider ||
      grant.accountId !== accountId ||
      (project !== undefined && grant.project !== project),
  );
  world.changed();
  return ended;
}

/** The access token in an Authorization header, if it is valid. */
export function usableAccessToken(
  world: World,
  provider: ProviderName,
  authorization: string | undefined,
): AccessToken | undefined {
  const text = /^Bearer\s+(\S+)$/i.exec(authorization ?? '')?.[1];
  const token = text === undefined ? undefined : world.state.accessTokens[text];
  if (!token || token.provider !== provider || token.revoked) return undefined;
  return token.expiresAt > world.now().getTime() ? token : undefined;
}
