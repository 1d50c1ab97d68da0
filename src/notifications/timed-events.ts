// Timed notifications: event.starting and event.ended, for endpoints that ask for them.
//
// Nothing is planned ahead. Each second the events are searched as they are then, so a notification
// follows every move, deletion and answer that is stored by then.

import { isDeepStrictEqual } from 'node:util';
import type { DataSource, EntityManager } from 'typeorm';
import { providerOf, userOf } from '../accounts/account-conditions.js';
import type { Calendars } from '../calendars/calendars.js';
import type { DueEvent, DueSpan } from '../calendars/due-events.js';
import { rowsOf } from '../database/rows.js';
import type { TimedType } from '../notification-types.js';
import { appendNotifications } from './append.js';
import type { NotificationRow } from './feed.js';

const MINUTE = 60_000;
/** An event that is stored at this time (milliseconds) after its moment is still announced. */
const LATE_MS = 5_000;
/** After a time without workers, moments of at most this time before (milliseconds) are caught up. */
const CATCH_UP_MS = 15 * MINUTE;

/** What endpoints ask for. */
interface Asked {
  readonly type: TimedType;
  /** 0 for `event.ended`. */
  readonly minutesBefore: number;
}

const ASKED = `
  SELECT DISTINCT type, CASE type WHEN 'event.starting' THEN e.minutes_before ELSE 0 END
           AS "minutesBefore"
    FROM webhook_endpoints e, unnest(e.types) AS type
   WHERE e.disabled_at IS NULL AND type IN ('event.starting', 'event.ended')`;

/** In one process at a time. It is given back with the transaction. */
const LOCK = `SELECT pg_try_advisory_xact_lock(hashtextextended('timed notifications', 0)) AS "isOurs"`;

/** $1 events as JSON, $2 type, $3 minutes before. */
const FIRE = `
  WITH due AS (
    SELECT * FROM json_to_recordset($1::json)
        AS d ("eventId" uuid, "accountId" uuid, moment timestamptz, data jsonb)),
  fired AS (
    INSERT INTO timed_notifications (event_id, type, minutes_before, moment)
    SELECT "eventId", $2, $3, moment FROM due
    ON CONFLICT DO NOTHING RETURNING event_id, moment),
  happened AS (
    SELECT due."accountId" AS account_id, ${userOf('due."accountId"')} AS user_id,
           ${providerOf('due."accountId"')} AS provider, $2 AS type, due.data
      FROM due JOIN fired ON fired.event_id = due."eventId" AND fired.moment = due.moment),
  ${appendNotifications('happened')}
  SELECT id FROM written`;

export interface TimedEventsNeeds {
  readonly dataSource: DataSource;
  readonly dueEvents: (manager: EntityManager, span: DueSpan) => Promise<readonly DueEvent[]>;
}

export class TimedEvents {
  constructor(private readonly needs: TimedEventsNeeds) {}

  /** Writes what is due at `now`. @returns whether any endpoint asks for timed notifications */
  async run(now: Date): Promise<boolean> {
    const { dataSource } = this.needs;
    const asked = await rowsOf<Asked>(dataSource, ASKED);
    if (asked.length === 0) {
      await dataSource.query(
        'UPDATE notification_feed SET timed_to = NULL WHERE timed_to IS NOT NULL',
      );
      return false;
    }
    await dataSource.transaction(async (manager) => {
      const [lock] = await rowsOf<{ isOurs: boolean }>(manager, LOCK);
      if (!lock?.isOurs) return;
      const from = await this.from(manager, now);
      for (const one of asked) await this.fire(manager, one, { from, to: now });
      await manager.query('UPDATE notification_feed SET timed_to = $1', [now]);
    });
    return true;
  }

  /** Where the search begins: a little before the end of the last one. */
  private async from(manager: EntityManager, now: Date): Promise<Date> {
    const [row] = await rowsOf<{ to: Date | null }>(
      manager,
      'SELECT timed_to AS to FROM notification_feed',
    );
    const before = Math.min((row?.to ?? now).getTime(), now.getTime()) - LATE_MS;
    return new Date(Math.max(before, now.getTime() - CATCH_UP_MS));
  }

  private async fire(
    manager: EntityManager,
    { type, minutesBefore }: Asked,
    span: { from: Date; to: Date },
  ): Promise<void> {
    const later = (date: Date) => new Date(date.getTime() + minutesBefore * MINUTE);
    const due = await this.needs.dueEvents(manager, {
      edge: type === 'event.starting' ? 'start' : 'end',
      from: later(span.from),
      to: later(span.to),
      except: (id, moment) => `EXISTS (SELECT FROM timed_notifications timed
        WHERE timed.event_id = ${id} AND timed.type = '${type}'
          AND timed.minutes_before = ${minutesBefore} AND timed.moment = ${moment})`,
    });
    if (due.length === 0) return;
    const rows = due.map(({ id, accountId, calendarId, moment, start, end }) => ({
      eventId: id,
      accountId,
      moment,
      data: {
        eventId: id,
        calendarId,
        start,
        end,
        minutesBefore: type === 'event.starting' ? minutesBefore : null,
      },
    }));
    await manager.query(FIRE, [JSON.stringify(rows), type, minutesBefore]);
  }

  /** The chore: deletes what cannot be repeated any more. */
  async forgetOld(): Promise<void> {
    await this.needs.dataSource.query(
      `DELETE FROM timed_notifications WHERE moment < now() - interval '1 hour'`,
    );
  }
}

/** Whether the event of a timed notification has the same times now, and takes place. */
export async function isStillTrue(
  { type, data }: Pick<NotificationRow, 'type' | 'data'>,
  timesNow: Calendars['timesNow'],
): Promise<boolean> {
  if (type !== 'event.starting' && type !== 'event.ended') return true;
  const now = await timesNow(String(data['eventId']));
  const edge = type === 'event.starting' ? 'start' : 'end';
  return now !== null && isDeepStrictEqual(now[edge], data[edge]);
}

/** Looks each second while an endpoint asks, else every five. */
export class TimedWorker {
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> | null = null;
  private isStopping = false;

  constructor(
    private readonly events: Pick<TimedEvents, 'run'>,
    private readonly logger: { warn(fields: object, message: string): void },
  ) {}

  start(): void {
    this.running = this.events
      .run(new Date())
      .catch((error: unknown) => {
        this.logger.warn({ err: error }, 'timed notifications not written');
        return true;
      })
      .then((isAsked) => {
        if (!this.isStopping) this.timer = setTimeout(() => this.start(), isAsked ? 1_000 : 5_000);
      });
  }

  async stop(): Promise<void> {
    this.isStopping = true;
    clearTimeout(this.timer);
    await this.running;
  }
}
