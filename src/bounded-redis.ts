// Redis with every wait bounded: 500 ms a command, and a breaker, since node-redis waits forever on a frozen server.

import { IntegrationError } from './errors.js';

/** The two things we need of a node-redis client. */
export interface RedisClient {
  readonly isReady: boolean;
  sendCommand(command: string[]): Promise<unknown>;
}

const COMMAND_TIMEOUT_MS = 500;
const FAILURES_TO_OPEN = 3;
const OPEN_MS = 1_000;

export class BoundedRedis {
  private failures = 0;
  private openUntil = 0;

  /** @param prefix put in front of every key, so that deployments and test runs can share a server */
  constructor(
    private readonly client: RedisClient,
    readonly prefix: string,
    private readonly now: () => number = Date.now,
  ) {}

  /** @throws IntegrationError `temporarily_unavailable` when Redis does not answer in time or is known to be away */
  async send(...command: string[]): Promise<unknown> {
    if (!this.client.isReady) throw unavailable('not connected');
    if (this.now() < this.openUntil) throw unavailable('breaker open');
    let timer: NodeJS.Timeout | undefined;
    try {
      const late = new Promise<never>((_, reject) => {
        timer = setTimeout(() => reject(unavailable(`no answer in ${COMMAND_TIMEOUT_MS} ms`)), COMMAND_TIMEOUT_MS);
      });
      const sent = this.client.sendCommand(command);
      sent.catch(() => {}); // it may fail long after we stopped waiting
      const reply = await Promise.race([sent, late]);
      this.failures = 0;
      return reply;
    } catch (error) {
      // A server that answers, even with NOSCRIPT, is there. OOM and READONLY mean it cannot keep what we give it.
      if (error instanceof Error && /^(NOSCRIPT|WRONGTYPE|ERR)\b/.test(error.message)) throw error;
      this.failures += 1;
      if (this.failures >= FAILURES_TO_OPEN) this.openUntil = this.now() + OPEN_MS;
      throw error instanceof IntegrationError ? error : unavailable('command failed', error);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Whether Redis answers now. */
  async answers(): Promise<boolean> {
    try {
      return (await this.send('PING')) === 'PONG';
    } catch {
      return false;
    }
  }
}

function unavailable(reason: string, cause?: unknown): IntegrationError {
  return new IntegrationError('temporarily_unavailable', { reason: `redis: ${reason}`, retryAfterSeconds: 2, cause });
}
