// Requests per minute: in Redis where it is set, in this process where it is not or does not answer.

import type { Request, RequestHandler, Response } from 'express';
import {
  type ClientRateLimitInfo,
  ipKeyGenerator,
  MemoryStore,
  type Options,
  rateLimit,
  type Store,
} from 'express-rate-limit';
import { RedisStore } from 'rate-limit-redis';
import { IntegrationError } from '../errors.js';
import type { BoundedRedis } from '../redis/bounded-redis.js';
import { callerOf } from './request-context.js';

const WINDOW_MS = 60_000;
const IPV6_SUBNET = 56;

/** @param perMinute 0 turns the limit off. Exceeding it throws IntegrationError `rate_limited` */
export type RateLimits = (
  name: string,
  perMinute: number,
  by: 'user' | 'address',
) => RequestHandler;

export function rateLimits(redis: BoundedRedis | null): RateLimits {
  return (name, perMinute, by) => {
    if (perMinute === 0) return (_request, _response, next) => next();
    return rateLimit({
      windowMs: WINDOW_MS,
      limit: perMinute,
      standardHeaders: 'draft-8',
      legacyHeaders: false,
      identifier: name,
      // Hosts choose their own proxy settings; ours are judged when the configuration is read.
      validate: false,
      keyGenerator: (request: Request, response: Response) =>
        by === 'user'
          ? `user:${callerOf(response).userId}`
          : `address:${ipKeyGenerator(request.ip ?? '', IPV6_SUBNET)}`,
      handler: (request, _response, next) => {
        const { resetTime } = (request as Request & { rateLimit: ClientRateLimitInfo }).rateLimit;
        const seconds =
          resetTime === undefined ? WINDOW_MS / 1_000 : (resetTime.getTime() - Date.now()) / 1_000;
        next(new IntegrationError('rate_limited', { reason: name, retryAfterSeconds: seconds }));
      },
      ...(redis === null ? {} : { store: new FallbackStore(redis, name) }),
    });
  };
}

/** Counts in Redis; while that does not answer, in memory: a Redis outage must neither open the gates nor close them. */
class FallbackStore implements Store {
  private readonly memory = new MemoryStore();
  private shared: RedisStore | null = null;
  private options: Options | undefined;

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

  /** Made at first use: its construction loads scripts, and Redis may be away when this process starts. */
  private async sharedStore(): Promise<RedisStore> {
    if (this.shared !== null) return this.shared;
    const store = new RedisStore({
      sendCommand: ((...command: string[]) => this.redis.send(...command)) as never,
      prefix: `${this.redis.prefix}limit:${this.name}:`,
    });
    await store.init(this.options as Options);
    this.shared = store;
    return store;
  }
}
