// Limits of requests per minute, counted in Redis; in memory without Redis or while it is down.

import { hash } from 'node:crypto';
import type { Request, Response } from 'express';
import { ipKeyGenerator, MemoryStore, type Options } from 'express-rate-limit';
import type { Config } from '../config.js';
import { IntegrationError } from '../errors.js';
import type { BoundedRedis } from '../redis/bounded-redis.js';
import { actingForOf, knownCaller } from './request-context.js';

const WINDOW_MS = 60_000;
const IPV6_SUBNET = 56;

/**
 * One limit: the setting that bounds it, and whether it counts by user or by address. A limit by
 * user counts a service caller's request as one of the user acted for, else by the name of the
 * service caller. It does not count requests of callers who are not signed in.
 */
interface Limit {
  readonly setting: keyof Config['rateLimits'];
  readonly by: 'user' | 'address';
}

/** Every limit by name. Routes that name the same one share its count. */
export const LIMITS = {
  session: { setting: 'start', by: 'user' },
  start: { setting: 'start', by: 'user' },
  complete: { setting: 'start', by: 'user' },
  adminConsent: { setting: 'start', by: 'user' },
  callback: { setting: 'callback', by: 'address' },
  /** The hosted pages. */
  link: { setting: 'callback', by: 'address' },
  sync: { setting: 'sync', by: 'user' },
  read: { setting: 'read', by: 'user' },
  write: { setting: 'write', by: 'user' },
  disconnect: { setting: 'start', by: 'user' },
  /** Requests whose credentials were refused. */
  refusal: { setting: 'callback', by: 'address' },
  /** Requests to the address of notices that proved nothing. */
  unproven: { setting: 'callback', by: 'address' },
} as const satisfies Record<string, Limit>;

/** The name of a limit. */
export type LimitName = keyof typeof LIMITS;

/** Whether requests are counted against this limit only when the user acted for is known. */
export const isByUser = (name: LimitName): boolean => LIMITS[name].by === 'user';

/**
 * Counts a request against a limit, and tells the client what is left of it in the headers
 * `RateLimit` and `RateLimit-Policy` (draft-ietf-httpapi-ratelimit-headers-08).
 * @throws IntegrationError `rate_limited`
 */
export type SpendLimit = (
  name: LimitName,
  of: { readonly request: Request; readonly response: Response },
) => Promise<void>;

/**
 * The limits of one service.
 * @param redis null: each process counts by itself
 * @param perMinute by setting; 0 turns the limit off
 */
export function rateLimits(
  redis: BoundedRedis | null,
  perMinute: Config['rateLimits'],
): SpendLimit {
  const counters = new Map<LimitName, Count>();
  return async (name, { request, response }) => {
    const most = perMinute[LIMITS[name].setting];
    if (most === 0 || (isByUser(name) && knownCaller(response) === null)) return;
    let count = counters.get(name);
    if (count === undefined) {
      count = counterOf(redis, name);
      counters.set(name, count);
    }
    const key = keyOf(name, request, response);
    const { hits, endsInMs } = await count(key);
    if (!response.headersSent) {
      const left = Math.max(0, most - hits);
      response.append('RateLimit', `"${name}"; r=${left}; t=${Math.ceil(endsInMs / 1_000)}`);
      const policy = `"${name}"; q=${most}; w=${WINDOW_MS / 1_000}; pk=:${partitionOf(key)}:`;
      response.append('RateLimit-Policy', policy);
    }
    if (hits > most)
      throw new IntegrationError('rate_limited', {
        reason: name,
        retryAfterSeconds: endsInMs / 1_000,
      });
  };
}

function keyOf(name: LimitName, request: Request, response: Response): string {
  if (!isByUser(name)) return `address:${ipKeyGenerator(request.ip ?? '', IPV6_SUBNET)}`;
  const userId = actingForOf(response);
  if (userId !== null) return `user:${userId}`;
  const caller = knownCaller(response);
  return `service:${caller?.kind === 'service' ? caller.name : ''}`;
}

/** Tells the client which of its requests share a count, and tells it nothing else. */
function partitionOf(key: string): string {
  return Buffer.from(hash('sha256', key, 'hex').slice(0, 12)).toString('base64');
}

/** The requests of a key in its window, and when that ends. */
interface Hits {
  readonly hits: number;
  readonly endsInMs: number;
}

/** Counts one request. */
type Count = (key: string) => Promise<Hits>;

/**
 * Counts in Redis, and in memory while Redis does not answer: an outage must neither lift the
 * limits nor refuse everyone.
 */
function counterOf(redis: BoundedRedis | null, name: LimitName): Count {
  const memory = new MemoryStore();
  memory.init({ windowMs: WINDOW_MS } as Options);
  const countHere: Count = async (key) => {
    const { totalHits, resetTime } = await memory.increment(key);
    const endsAt = resetTime?.getTime() ?? Date.now() + WINDOW_MS;
    return { hits: totalHits, endsInMs: Math.max(0, endsAt - Date.now()) };
  };
  if (redis === null) return countHere;
  const prefix = `${redis.prefix}limit:${name}:`;
  return async (key) => {
    try {
      return await countInRedis(redis, prefix + key);
    } catch {
      return countHere(key);
    }
  };
}

/** The first request of a key begins its window. One script, so that no count lasts for ever. */
const COUNT = `
local left = redis.call('PTTL', KEYS[1])
if left <= 0 then
  redis.call('SET', KEYS[1], 1, 'PX', ARGV[1])
  return {1, tonumber(ARGV[1])}
end
return {redis.call('INCR', KEYS[1]), left}`;
const COUNT_HASH = hash('sha1', COUNT);

/** @throws where Redis does not answer as it should */
async function countInRedis(redis: BoundedRedis, key: string): Promise<Hits> {
  const parameters = ['1', key, String(WINDOW_MS)];
  const reply = await redis.send('EVALSHA', COUNT_HASH, ...parameters).catch((error: unknown) => {
    // A server that was restarted has forgotten its scripts.
    if (!(error instanceof Error) || !error.message.startsWith('NOSCRIPT ')) throw error;
    return redis.send('EVAL', COUNT, ...parameters);
  });
  const [hits, endsInMs] = Array.isArray(reply) ? reply : [];
  if (typeof hits !== 'number' || typeof endsInMs !== 'number')
    throw new Error('unexpected reply of Redis');
  return { hits, endsInMs };
}
