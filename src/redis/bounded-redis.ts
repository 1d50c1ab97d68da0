// Redis with every wait bounded: 500 ms a command, and a breaker, since node-redis waits forever on a frozen server.

import { IntegrationError } from '../errors.js';

/** The two things we need of a node-redis client. */
export interface RedisClient {
  readonly isReady: boolean;
  sendCommand(command: string[]): Promise<unknown>;
}

const COMMAND_TIMEOUT_MS = 500;
const FAILURES_TO_OPEN = 3;
const OPEN_MS = 1_000;
/** So long without a single answer, the connection may be one whose other end has gone without a word. */
const SILENT_MS = 5_000;
/** Redis answers, if only to say no: https://redis.io/docs/latest/develop/reference/protocol-spec/#simple-errors */
const ANSWERED = /^[A-Z]+ /;

export class BoundedRedis {
  private failures = 0;
  private openUntil = 0;
  private lastAnswer = 0;

  /**
   * @param prefix put in front of every key, so that deployments and test runs can share a server
   * @param reconnect gives up the connection and makes another
   */
  constructor(
    private readonly client: RedisClient,
    readonly prefix: string,
    private readonly reconnect: () => void = () => {},
    private readonly now: () => number = Date.now,
  ) {}

  /** @throws IntegrationError `temporarily_unavailable` when Redis does not answer in time or is known to be away */
  async send(...command: string[]): Promise<unknown> {
    if (!this.client.isReady) throw unavailable('not connected');
    if (this.now() < this.openUntil) throw unavailable('breaker open');
    let timer: NodeJS.Timeout | undefined;
    try {
      const late = new Promise<never>((_, reject) => {
        timer = setTimeout(
          () => reject(unavailable(`no answer in ${COMMAND_TIMEOUT_MS} ms`)),
          COMMAND_TIMEOUT_MS,
        );
      });
      const sent = this.client.sendCommand(command);
      sent.catch(() => {}); // it may fail long after we stopped waiting
      const reply = await Promise.race([sent, late]);
      this.noteAnswer();
      return reply;
    } catch (error) {
      if (error instanceof Error && ANSWERED.test(error.message)) {
        this.noteAnswer();
        if (/^(NOSCRIPT|WRONGTYPE|ERR) /.test(error.message)) throw error;
        // OOM, READONLY, LOADING…: it cannot keep what we give it, but may still give back what it has.
        throw unavailable('refused', error);
      }
      this.noteFailure();
      throw error instanceof IntegrationError ? error : unavailable('command failed', error);
    } finally {
      clearTimeout(timer);
    }
  }

  private noteAnswer(): void {
    this.failures = 0;
    this.lastAnswer = this.now();
  }

  private noteFailure(): void {
    const now = this.now();
    this.failures += 1;
    if (this.failures >= FAILURES_TO_OPEN) this.openUntil = now + OPEN_MS;
    if (this.failures === 1 && now - this.lastAnswer > SILENT_MS) this.lastAnswer = now; // nobody had asked
    if (!this.client.isReady || now - this.lastAnswer <= SILENT_MS) return;
    this.lastAnswer = now;
    this.reconnect();
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
  return new IntegrationError('temporarily_unavailable', {
    reason: `redis: ${reason}`,
    retryAfterSeconds: 2,
    cause,
  });
}
