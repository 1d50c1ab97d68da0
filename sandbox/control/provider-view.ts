/** The events that a provider has in a calendar: the expected result of a sync in tests. */

import type { Occurrence } from '../calendars/occurrences.js';
import { occurrencesOf, overlaps } from '../calendars/occurrences.js';
import type { StoredEvent } from '../calendars/stored-event.js';
import { eventResource as googleResource } from '../google/event-resource.js';
import { eventResource as graphResource } from '../microsoft/event-resource.js';
import { readPreferences } from '../microsoft/prefer.js';
import type { World } from '../world/world.js';
import { type CalendarRef, calendarOf } from './find-target.js';

/** One event or occurrence, with the details that this user may see. */
export interface SeenEvent {
  /** The id of the event or instance at Google, the immutable id at Microsoft. */
  id: string;
  /** Google: recurringEventId. Microsoft: seriesMasterId. */
  seriesId: string | null;
  /** An ISO instant in UTC, or a date when all day; the end of an all-day event is exclusive. */
  start: string;
  end: string;
  allDay: boolean;
  title: string | null;
  status: 'confirmed' | 'tentative' | 'cancelled';
}

/** The events with end > `from` and start < `to`, ordered by start. */
export function providerView(
  world: World,
  ref: CalendarRef,
  from: Date | string,
  to: Date | string,
): SeenEvent[] {
  const { account, entry, calendar } = calendarOf(world, ref);
  const span = { from: new Date(from).getTime(), to: new Date(to).getTime() };
  const google = account.provider === 'google';
  const zone = google ? calendar.timeZone : 'UTC';
  const preferences = readPreferences('IdType="ImmutableId"');
  const seen: SeenEvent[] = [];
  const add = (event: StoredEvent, occurrence?: Occurrence) => {
    const shown = google
      ? fromGoogle(
          googleResource(
            { world, account, entry, calendar },
            { key: '', event, ...(occurrence ? { occurrence } : {}) },
            'UTC',
          ),
        )
      : fromMicrosoft(graphResource({ account, entry, calendar, preferences }, event, occurrence));
    if (!google || shown.status !== 'cancelled') seen.push(shown);
  };
  for (const event of calendar.events) {
    if (event.deleted) continue;
    if (!event.recurrence) {
      if (overlaps(event, span, zone)) add(event);
      continue;
    }
    for (const one of occurrencesOf(event, span, zone))
      if (!one.override?.cancelled) add(event, one);
  }
  return seen.sort((a, b) =>
    a.start === b.start ? (a.id < b.id ? -1 : 1) : a.start < b.start ? -1 : 1,
  );
}

type Json = Record<string, unknown>;

function fromGoogle(resource: Json): SeenEvent {
  const time = (value: unknown) => {
    const { date, dateTime } = value as { date?: string; dateTime?: string };
    return date ?? new Date(dateTime ?? '').toISOString();
  };
  return {
    id: String(resource['id']),
    seriesId: (resource['recurringEventId'] as string | undefined) ?? null,
    start: time(resource['start']),
    end: time(resource['end']),
    allDay: 'date' in (resource['start'] as Json),
    title: (resource['summary'] as string | undefined) ?? null,
    status: resource['status'] as SeenEvent['status'],
  };
}

function fromMicrosoft(resource: Json): SeenEvent {
  const allDay = resource['isAllDay'] === true;
  const time = (value: unknown) => {
    const { dateTime } = value as { dateTime: string };
    return allDay ? dateTime.slice(0, 10) : new Date(`${dateTime.slice(0, 19)}Z`).toISOString();
  };
  return {
    id: String(resource['id']),
    seriesId: resource['seriesMasterId'] as string | null,
    start: time(resource['start']),
    end: time(resource['end']),
    allDay,
    title: resource['subject'] as string,
    status: resource['isCancelled']
      ? 'cancelled'
      : resource['showAs'] === 'tentative'
        ? 'tentative'
        : 'confirmed',
  };
}
