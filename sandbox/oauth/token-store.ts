/** Issues, finds and ends codes, access tokens and refresh tokens, for both providers. */
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

/** Keeps a new authorization code for ten minutes. */
export function issueCode(
  world: World,
  wanted: Omit<AuthorizationCode, 'expiresAt' | 'redeemed' | 'code'>,
): AuthorizationCode {
  const now = world.now().getTime();
  const text =
    wanted.provider === 'google'
      ? `4/0A${world.random.text(70)}`
      : `1.A${world.random.text(640)}.${world.random.text(180)}`;
  const code = { ...wanted, code: text, expiresAt: now + CODE_LIFETIME_MS, redeemed: false };
  // A spent code is remembered for a day, so that a second redemption can be told from an unknown code.
  world.state.codes = world.state.codes.filter((one) => one.expiresAt > now - DAY);
  world.state.codes.push(code);
  world.changed();
  return code;
}

/** A code that was issued, spent and expired ones too. */
export function findCode(
  world: World,
  provider: ProviderName,
  code: string | null,
): AuthorizationCode | undefined {
  return world.state.codes.find((one) => one.provider === provider && one.code === code);
}

/** Keeps a new access token. `text` is the token; `lifetimeSeconds` by the sandbox's clock. */
export function issueAccessToken(
  world: World,
  wanted: Omit<AccessToken, 'expiresAt'>,
  lifetimeSeconds: number,
): AccessToken {
  const now = world.now().getTime();
  const token = { ...wanted, expiresAt: now + lifetimeSeconds * 1000 };
  for (const [text, old] of Object.entries(world.state.accessTokens)) {
    if (old.expiresAt < now - DAY) delete world.state.accessTokens[text];
  }
  world.state.accessTokens[token.token] = token;
  world.changed();
  return token;
}

/** Keeps a new refresh token; the oldest live ones beyond `limit` die silently. */
export function issueRefreshToken(
  world: World,
  wanted: Pick<RefreshToken, 'provider' | 'clientId' | 'accountId' | 'tenant' | 'scopes'>,
  lifetimeDays: number | null,
  limit = Number.POSITIVE_INFINITY,
): RefreshToken {
  const now = world.now().getTime();
  const prefix =
    wanted.provider === 'google' ? `1//0${world.random.text(1, ALPHABET.hex)}` : '1.AX';
  const token: RefreshToken = {
    ...wanted,
    token: prefix + world.random.text(wanted.provider === 'google' ? 95 : 700),
    issuedAt: now,
    lastUsedAt: now,
    expiresAt: lifetimeDays === null ? null : now + lifetimeDays * DAY,
  };
  world.state.refreshTokens[token.token] = token;
  const live = liveRefreshTokens(world, wanted.provider, wanted.accountId, wanted.clientId);
  for (const oldest of live.slice(0, Math.max(0, live.length - limit))) oldest.ended = 'displaced';
  world.changed();
  return token;
}

/** The refresh tokens that still work, oldest first. */
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

/** What a user allowed a project's clients so far. */
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

/** Adds scopes to what the user allowed before. */
export function extendGrant(world: World, wanted: Grant): Grant {
  let grant = findGrant(world, wanted.provider, wanted.project, wanted.accountId);
  if (!grant) {
    grant = { ...wanted, scopes: [] };
    world.state.grants.push(grant);
  }
  grant.scopes = [...new Set([...grant.scopes, ...wanted.scopes])];
  world.changed();
  return grant;
}

/** Ends everything a user allowed: the grants of all clients of `project` (or of all), with every token. */
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

/** The access token in an Authorization header, if it works now. */
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
