/** Collects the items of a list: all events in a window, or the changes since a change number. */
import {
  findOccurrence,
  type Occurrence,
  occurrencesOf,
  overlaps,
  type Span,
} from '../calendars/occurrences.js';
import {
  type StoredCalendar,
  type StoredEvent,
  type Timing,
  timingAt,
} from '../calendars/stored-event.js';
import type { GoogleSettings } from '../world/settings.js';
import { type EventItem, instanceId } from './event-resource.js';

/** The most instances of an endless series in a list without timeMax. */
const ENDLESS = 730;
const FOREVER = 8.64e15;

/** The parameters that select the items. */
export interface Selection {
  singleEvents: boolean;
  showDeleted: boolean;
  timeMin: number | null;
  timeMax: number | null;
}

const spanOf = (selection: Selection): Span => ({
  from: selection.timeMin ?? -FOREVER,
  to: selection.timeMax ?? FOREVER,
});

const keyOf = (event: StoredEvent, occurrence?: Occurrence): string =>
  `${String(event.ordinal).padStart(9, '0')}${occurrence ? `/${occurrence.date}` : ''}`;

function itemOf(event: StoredEvent, occurrence?: Occurrence, cancelled = false): EventItem {
  const key = keyOf(event, occurrence);
  return { key, event, ...(occurrence ? { occurrence } : {}), ...(cancelled ? { cancelled } : {}) };
}

/** All items. An event must end after timeMin and start before timeMax. */
export function collectAll(calendar: StoredCalendar, selection: Selection): EventItem[] {
  const span = spanOf(selection);
  const zone = calendar.timeZone;
  const items: EventItem[] = [];
  for (const event of calendar.events) {
    if (event.deleted) {
      if (selection.showDeleted && overlaps(event, span, zone))
        items.push(itemOf(event, undefined, true));
    } else if (!event.recurrence) {
      const cancelled = event.details.status === 'cancelled';
      if ((!cancelled || selection.showDeleted) && overlaps(event, span, zone))
        items.push(itemOf(event, undefined, cancelled));
    } else if (selection.singleEvents) {
      for (const one of expand(event, selection, zone)) {
        if (!one.override?.cancelled) items.push(itemOf(event, one));
        else if (selection.showDeleted) items.push(itemOf(event, one, true));
      }
    } else {
      const instances = expand(event, selection, zone);
      if (instances.length > 0) items.push(itemOf(event));
      for (const one of instances)
        if (one.override) items.push(itemOf(event, one, one.override.cancelled));
    }
  }
  return items;
}

function expand(series: Timing, selection: Selection, zone: string): Occurrence[] {
  return occurrencesOf(
    series,
    spanOf(selection),
    zone,
    selection.timeMax === null ? ENDLESS : undefined,
  );
}

/**
 * The changes after `seq`. Each changed event appears once, with its present content. The window
 * does not filter the changes; it only limits the expansion of a changed series.
 */
export function collectChanges(
  calendar: StoredCalendar,
  seq: number,
  selection: Selection,
  seriesDeletion: GoogleSettings['seriesDeletion'],
): EventItem[] {
  const zone = calendar.timeZone;
  const items: EventItem[] = [];
  for (const event of calendar.events) {
    if (event.seq <= seq) continue;
    const former = timingAt(event, seq);
    if (event.deleted) {
      const instances = selection.singleEvents && event.recurrence && seriesDeletion !== 'master';
      if (!instances || seriesDeletion === 'both') items.push(itemOf(event, undefined, true));
      if (instances)
        for (const one of expand(former ?? event, selection, zone))
          items.push(itemOf(event, one, true));
    } else if (!event.recurrence && !former?.recurrence) {
      items.push(itemOf(event, undefined, event.details.status === 'cancelled'));
    } else if (!selection.singleEvents) {
      if (event.definitionSeq > seq) items.push(itemOf(event));
      items.push(...changedOccurrences(event, seq, zone));
    } else if (event.definitionSeq <= seq) {
      items.push(...changedOccurrences(event, seq, zone));
    } else {
      items.push(...itemsOfRedefined(event, former, selection, zone));
    }
  }
  return items;
}

function changedOccurrences(event: StoredEvent, seq: number, zone: string): EventItem[] {
  return Object.entries(event.overrides ?? {}).flatMap(([date, override]) => {
    const occurrence = override.seq > seq ? findOccurrence(event, date, zone) : undefined;
    return occurrence ? [itemOf(event, occurrence, override.cancelled)] : [];
  });
}

/**
 * The items of a redefined series: all its instances, and cancellations of the instances it had
 * before.
 */
function itemsOfRedefined(
  event: StoredEvent,
  former: Timing | undefined,
  selection: Selection,
  zone: string,
): EventItem[] {
  const now = event.recurrence ? expand(event, selection, zone) : [];
  const items = now.map((one) => itemOf(event, one, one.override?.cancelled));
  if (!event.recurrence) items.push(itemOf(event));
  const ids = new Set(now.map((one) => instanceId(event, one)));
  for (const one of former?.recurrence ? expand(former, selection, zone) : []) {
    if (!one.override?.cancelled && !ids.has(instanceId(event, one)))
      items.push({ ...itemOf(event, one, true), key: `${keyOf(event, one)}x` });
  }
  if (!former?.recurrence && former && event.recurrence) items.push(itemOf(event, undefined, true));
  return items;
}
