// Wakes workers as soon as a job is queued. It is a hint: without it, they find the job when they
// look at the queue the next time.

import type { DataSource } from 'typeorm';
import { Listener } from '../database/listener.js';

/** The channel of PostgreSQL's notifications. Their payload is the name of a queue. */
const CHANNEL = 'integrations_jobs';

export class Wakes {
  private readonly looks = new Map<string, (() => void)[]>();
  private readonly toSend = new Set<string>();
  private sending: Promise<void> | null = null;
  private readonly listener: Listener;

  constructor(private readonly dataSource: DataSource) {
    this.listener = new Listener({
      dataSource,
      channel: CHANNEL,
      onNotification: (queue) => this.look(queue),
      onReopened: () => {
        for (const queue of this.looks.keys()) this.look(queue);
      },
    });
  }

  /** Has `look` called whenever a job of this queue may be waiting. */
  on(queue: string, look: () => void): void {
    this.looks.set(queue, [...(this.looks.get(queue) ?? []), look]);
  }

  /** Listens to other processes. */
  listen(): Promise<void> {
    return this.listener.start();
  }

  /**
   * Wakes the workers of this process; where it has none, those of the others. To be called when the
   * job is committed. Many calls at the same moment share a statement.
   */
  wake(queue: string): void {
    if (this.looks.has(queue)) {
      this.look(queue);
      return;
    }
    this.toSend.add(queue);
    this.sending ??= this.send().finally(() => {
      this.sending = null;
    });
  }

  async stop(): Promise<void> {
    this.looks.clear();
    await this.sending;
    await this.listener.stop();
  }

  private look(queue: string): void {
    for (const look of this.looks.get(queue) ?? []) look();
  }

  private async send(): Promise<void> {
    while (this.toSend.size > 0) {
      const queues = [...this.toSend];
      this.toSend.clear();
      // Without the hint, the job is found a little later.
      await this.dataSource
        .query('SELECT pg_notify($1, queue) FROM unnest($2::text[]) AS queue', [CHANNEL, queues])
        .catch(() => undefined);
    }
  }
}
