// Delivers notifications until it is stopped: numbers what is new, takes what is due, sends it.

import type { DataSource } from 'typeorm';
import type { Sealer } from '../accounts/sealer.js';
import { rowsOf } from '../database/rows.js';
import type { ShownNotification } from '../host-types.js';
import { within } from '../within.js';
import { type ClaimedDelivery, claimDeliveries, FIRST_LANE, giveBack } from './delivery-claims.js';
import { dropDelivery, recordAttempt } from './delivery-outcomes.js';
import { secretsOf } from './endpoint-secrets.js';
import { type NotificationRow, shownNotification } from './feed.js';
import type { Numbering } from './numbering.js';
import { type RetryDelay, slotsOf } from './retry-schedule.js';
import type { Attempt, WebhookSender } from './webhook-sender.js';

/** Between two looks (milliseconds): where there are endpoints, and where there are none. */
const LOOK_MS = 100;
const IDLE_LOOK_MS = 2_000;
/** How long the list of endpoints is used. Whether one may be sent to is asked at each look. */
const ENDPOINTS_MS = 1_000;

/** A host's function, called for each notification. */
export type OnNotification = (notification: ShownNotification) => Promise<void> | void;

export interface DeliveryWorkerNeeds {
  readonly dataSource: DataSource;
  readonly numbering: Pick<Numbering, 'help'>;
  readonly sender: WebhookSender;
  readonly sealer: Sealer;
  /** Whether a notification may still be delivered: its event is as the notification says. */
  readonly isStillTrue: (notification: NotificationRow) => Promise<boolean>;
  /** Null where the host gave none to this process. */
  readonly onNotification: OnNotification | null;
  readonly logger: { warn(fields: object, message: string): void };
  readonly random: () => number;
  /** Default: that of Standard Webhooks. */
  readonly retryDelay?: RetryDelay;
  /** How long a worker may take for an attempt before another one repeats it. Default: a minute. */
  readonly leaseSeconds?: number;
}

interface KnownEndpoint {
  readonly id: string;
  readonly url: string | null;
  failures: number;
}

export class DeliveryWorker {
  private endpoints: readonly KnownEndpoint[] = [];
  private endpointsReadAt = Number.NEGATIVE_INFINITY;
  private readonly lanes = new Map<string, string>();
  private readonly underWay = new Map<string, number>();
  /** The attempts under way, and their deliveries. */
  private readonly attempts = new Map<Promise<void>, string>();
  private timer: NodeJS.Timeout | undefined;
  private looking: Promise<void> | null = null;
  private lookAgain = false;
  private isStopping = false;
  private isOver = false;

  constructor(private readonly needs: DeliveryWorkerNeeds) {}

  /** Starts at once. */
  start(): void {
    this.look();
  }

  /** Takes nothing more, waits at most `graceMs` for what is under way, and gives back the rest. */
  async stop({ graceMs }: { graceMs: number }): Promise<void> {
    this.isStopping = true;
    clearTimeout(this.timer);
    await this.looking;
    await within(graceMs, Promise.all(this.attempts.keys()), () => {});
    this.isOver = true;
    if (this.attempts.size > 0) await giveBack(this.needs.dataSource, [...this.attempts.values()]);
  }

  private look(): void {
    if (this.isStopping) return;
    if (this.looking !== null) {
      this.lookAgain = true;
      return;
    }
    clearTimeout(this.timer);
    this.lookAgain = false;
    this.looking = this.work()
      .catch((error: unknown) => this.needs.logger.warn({ err: error }, 'deliveries not taken'))
      .finally(() => {
        this.looking = null;
        if (this.isStopping) return;
        const wait = this.endpoints.length > 0 ? LOOK_MS : IDLE_LOOK_MS;
        this.timer = setTimeout(() => this.look(), this.lookAgain ? 0 : wait);
      });
  }

  private async work(): Promise<void> {
    await this.refreshEndpoints();
    if (this.endpoints.length === 0) return;
    await this.needs.numbering.help();
    while (await this.fill());
  }

  private async refreshEndpoints(): Promise<void> {
    const now = performance.now();
    if (now - this.endpointsReadAt < ENDPOINTS_MS) return;
    this.endpointsReadAt = now;
    const rows = await rowsOf<KnownEndpoint>(
      this.needs.dataSource,
      'SELECT id, url, failures FROM webhook_endpoints WHERE disabled_at IS NULL ORDER BY id',
    );
    const hasFunction = this.needs.onNotification !== null;
    this.endpoints = rows.filter(({ url }) => url !== null || hasFunction);
  }

  /** Takes what is due. @returns whether there may be more for free slots */
  private async fill(): Promise<boolean> {
    const free = this.endpoints.flatMap(({ id, failures }) => {
      const slots = slotsOf(failures) - (this.underWay.get(id) ?? 0);
      const afterLane = this.lanes.get(id) ?? FIRST_LANE;
      return slots > 0 ? [{ endpointId: id, slots, afterLane }] : [];
    });
    if (free.length === 0 || this.isStopping) return false;
    const claimed = await claimDeliveries(this.needs.dataSource, free, this.needs.leaseSeconds);
    let again = false;
    for (const { endpointId, slots, afterLane } of free) {
      const own = claimed.filter((one) => one.endpointId === endpointId);
      // The search goes on behind the last lane, so that each has its turn; at the end it restarts.
      const last = own
        .filter(({ attempts }) => attempts === 0)
        .map(({ lane }) => lane)
        .sort();
      const isFull = own.length === slots;
      this.lanes.set(endpointId, isFull ? (last.at(-1) ?? FIRST_LANE) : FIRST_LANE);
      if (!isFull && afterLane !== FIRST_LANE) again = true;
    }
    for (const delivery of claimed) this.attempt(delivery);
    return again;
  }

  private attempt(delivery: ClaimedDelivery): void {
    const { endpointId } = delivery;
    this.underWay.set(endpointId, (this.underWay.get(endpointId) ?? 0) + 1);
    const attempt = this.deliver(delivery)
      .catch((error: unknown) =>
        this.needs.logger.warn({ err: error, endpointId }, 'delivery not recorded'),
      )
      .finally(() => {
        this.attempts.delete(attempt);
        this.underWay.set(endpointId, (this.underWay.get(endpointId) ?? 1) - 1);
        this.look();
      });
    this.attempts.set(attempt, delivery.deliveryId);
  }

  private async deliver(delivery: ClaimedDelivery): Promise<void> {
    const { dataSource, random, isStillTrue, retryDelay } = this.needs;
    if (!(await isStillTrue(delivery))) return dropDelivery(dataSource, delivery);
    const endpoint = this.endpoints.find(({ id }) => id === delivery.endpointId);
    const outcome = await this.send(delivery);
    // It was given back.
    if (this.isOver) return;
    const failures = outcome.error === null ? 0 : (endpoint?.failures ?? 0) + 1;
    if (endpoint !== undefined) endpoint.failures = failures;
    await recordAttempt(dataSource, delivery, outcome, {
      failures,
      random,
      retryDelay,
    });
  }

  private async send(delivery: ClaimedDelivery): Promise<Attempt> {
    const { sender, sealer, onNotification, logger } = this.needs;
    const notification = shownNotification(delivery);
    const { endpointId: id, url, secret, previousSecret } = delivery;
    if (url !== null)
      return sender.send({
        url,
        secrets: secretsOf({ id, secret, previousSecret }, sealer),
        notification,
      });
    try {
      await onNotification?.(notification);
      return { status: null, error: null, retryAfterSeconds: null };
    } catch (error) {
      logger.warn({ err: error, notificationId: notification.id }, 'onNotification failed');
      return { status: null, error: 'function_failed', retryAfterSeconds: null };
    }
  }
}
