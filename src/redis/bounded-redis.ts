// Redis with a deadline for each command and a circuit breaker: node-redis alone waits for ever on
// a frozen server.

import { IntegrationError } from '../errors.js';
import { Deadline } from '../within.js';

/** What is used of a node-redis client. */
export interface RedisClient {
  readonly isReady: boolean;
  sendCommand(command: readonly string[]): Promise<unknown>;
}

const COMMAND_TIMEOUT_MS = 500;
const FAILURES_TO_OPEN = 3;
const OPEN_MS = 1_000;
/** After this long without any reply the connection may be dead, although no side has closed it. */
const SILENT_MS = 5_000;
/** An error that Redis itself sent: redis.io/docs/latest/develop/reference/protocol-spec */
const ERROR_REPLY = /^[A-Z]+ /;
/** Error replies that mean a mistake in a command of ours. */
const WRONG_COMMAND = /^(NOSCRIPT|WRONGTYPE|ERR) /;

/** A Redis client that never makes its caller wait long. */
export class BoundedRedis {
  private failures = 0;
  private openUntil = 0;
  private lastReply = 0;
  private readonly deadline = new Deadline(COMMAND_TIMEOUT_MS);

  /**
   * @param prefix stands before every key, so that deployments and test runs can share a server
   * @param reconnect drops the connection and opens another
   * @param now milliseconds since 1970
   */
  constructor(
    private readonly client: RedisClient,
    readonly prefix: string,
    private readonly reconnect: () => void = () => {},
    private readonly now: () => number = Date.now,
  ) {}

  /**
   * Sends a command and returns its reply. After three failures in a row every command fails
   * immediately for one second.
   * @throws IntegrationError `temporarily_unavailable` when Redis does not reply in time or is
   *   known to be unavailable
   * @throws Error an error reply that says the command is wrong
   */
  async send(...command: string[]): Promise<unknown> {
    if (!this.client.isReady) throw unavailable('not connected');
    if (this.now() < this.openUntil) throw unavailable('breaker open');
    try {
      const reply = await this.deadline.within(this.client.sendCommand(command), () =>
        unavailable(`no reply in ${COMMAND_TIMEOUT_MS} ms`),
      );
      this.noteReply();
      return reply;
    } catch (error) {
      if (error instanceof Error && ERROR_REPLY.test(error.message)) {
        this.noteReply();
        if (WRONG_COMMAND.test(error.message)) throw error;
        // OOM, READONLY, LOADING and others: Redis works, but cannot store a value now.
        throw unavailable('refused', error);
      }
      this.noteFailure();
      throw error instanceof IntegrationError ? error : unavailable('command failed', error);
    }
  }

  /** Whether Redis replies now. */
  async answers(): Promise<boolean> {
    try {
      return (await this.send('PING')) === 'PONG';
    } catch {
      return false;
    }
  }

  private noteReply(): void {
    this.failures = 0;
    this.lastReply = this.now();
  }

  private noteFailure(): void {
    const now = this.now();
    this.failures += 1;
    if (this.failures >= FAILURES_TO_OPEN) this.openUntil = now + OPEN_MS;
    const wasIdle = this.failures === 1 && now - this.lastReply > SILENT_MS;
    // No command was sent for a while, so the silence proves nothing.
    if (wasIdle) this.lastReply = now;
    if (!this.client.isReady || now - this.lastReply <= SILENT_MS) return;
    this.lastReply = now;
    this.reconnect();
  }
}

function unavailable(reason: string, cause?: unknown): IntegrationError {
  return new IntegrationError('temporarily_unavailable', {
    reason: `redis: ${reason}`,
    retryAfterSeconds: 2,
    cause,
  });
}
