// Limits of requests per minute, counted in Redis; in memory without Redis or while it is down.

import type { Request, RequestHandler, Response } from 'express';
import {
  type ClientRateLimitInfo,
  ipKeyGenerator,
  MemoryStore,
  type Options,
  rateLimit,
  type Store,
} from 'express-rate-limit';
import { type RedisReply, RedisStore } from 'rate-limit-redis';
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
 * The middleware of each limit, made at its first use. Exceeding a limit throws IntegrationError
 * `rate_limited`.
 * @param perMinute by setting; 0 turns the limit off
 */
export function rateLimits(
  redis: BoundedRedis | null,
  perMinute: Config['rateLimits'],
): (name: LimitName) => RequestHandler {
  const made = new Map<LimitName, RequestHandler>();
  return (name) => {
    const handler = made.get(name) ?? limitOf(name, redis, perMinute[LIMITS[name].setting]);
    made.set(name, handler);
    return handler;
  };
}

/**
 * Counts a request against a limit after it turned out to be of that kind.
 * @throws IntegrationError `rate_limited`
 */
export type SpendLimit = (
  name: LimitName,
  of: { readonly request: Request; readonly response: Response },
) => Promise<void>;

/** The limits as a function for handlers. @param limit the middleware of each limit */
export function spendLimits(limit: (name: LimitName) => RequestHandler): SpendLimit {
  return (name, { request, response }) =>
    new Promise((resolve, reject) => {
      limit(name)(request, response, (error?: unknown) =>
        error === undefined ? resolve() : reject(error),
      );
    });
}

function limitOf(name: LimitName, redis: BoundedRedis | null, perMinute: number): RequestHandler {
  if (perMinute === 0) return (_request, _response, next) => next();
  return rateLimit({
    windowMs: WINDOW_MS,
    limit: perMinute,
    standardHeaders: 'draft-8',
    legacyHeaders: false,
    identifier: name,
    // Hosts choose their own proxy settings; ours are checked when the configuration is read.
    validate: false,
    skip: (_request, response: Response) => isByUser(name) && knownCaller(response) === null,
    keyGenerator: (request: Request, response: Response) =>
      isByUser(name)
        ? userKeyOf(response)
        : `address:${ipKeyGenerator(request.ip ?? '', IPV6_SUBNET)}`,
    handler: (request: Request & { rateLimit?: ClientRateLimitInfo }, _response, next) => {
      const resetTime = request.rateLimit?.resetTime;
      const milliseconds = resetTime === undefined ? WINDOW_MS : resetTime.getTime() - Date.now();
      next(
        new IntegrationError('rate_limited', {
          reason: name,
          retryAfterSeconds: milliseconds / 1_000,
        }),
      );
    },
    ...(redis === null ? {} : { store: new FallbackStore(redis, name) }),
  });
}

/** Whose request it is, for a limit by user. */
function userKeyOf(response: Response): string {
  const userId = actingForOf(response);
  if (userId !== null) return `user:${userId}`;
  const caller = knownCaller(response);
  return `service:${caller?.kind === 'service' ? caller.name : ''}`;
}

/**
 * Counts in Redis, and in memory while Redis does not answer: an outage must neither lift the
 * limits nor refuse everyone.
 */
class FallbackStore implements Store {
  private readonly memory = new MemoryStore();
  private shared: RedisStore | null = null;
  private options: Options | null = null;

  constructor(
    private readonly redis: BoundedRedis,
    private readonly name: string,
  ) {}

  init(options: Options): void {
    this.options = options;
    this.memory.init(options);
  }

  async increment(key: string): Promise<ClientRateLimitInfo> {
    try {
      return await (await this.sharedStore()).increment(key);
    } catch {
      return this.memory.increment(key);
    }
  }

  async decrement(key: string): Promise<void> {
    await this.shared?.decrement(key).catch(() => {});
    await this.memory.decrement(key);
  }

  async resetKey(key: string): Promise<void> {
    await this.shared?.resetKey(key).catch(() => {});
    await this.memory.resetKey(key);
  }

  async shutdown(): Promise<void> {
    this.memory.shutdown();
  }

  /**
   * Made at first use: its construction loads scripts, and Redis may be down when this process
   * starts.
   */
  private async sharedStore(): Promise<RedisStore> {
    if (this.shared !== null) return this.shared;
    if (this.options === null) throw new Error('the store is used before init');
    const store = new RedisStore({
      sendCommand: async (...command: string[]) => asReply(await this.redis.send(...command)),
      prefix: `${this.redis.prefix}limit:${this.name}:`,
    });
    await store.init(this.options);
    this.shared = store;
    return store;
  }
}

type RedisValue = Exclude<RedisReply, unknown[]>;

/**
 * The reply of Redis as the store knows it.
 * @throws Error for any other, which counts as no answer
 */
function asReply(reply: unknown): RedisReply {
  if (isValue(reply)) return reply;
  if (Array.isArray(reply) && reply.every(isValue)) return reply;
  throw new Error('unexpected reply of Redis');
}

function isValue(reply: unknown): reply is RedisValue {
  return typeof reply === 'string' || typeof reply === 'number' || typeof reply === 'boolean';
}
