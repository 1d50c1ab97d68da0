/**
 * Changes calendars. All changes go through this file, and each one gets the next change number.
 */
import type {
  EventDetails,
  Override,
  StoredCalendar,
  StoredEvent,
  Timing,
  When,
} from './stored-event.js';

/** A new event that has no change number yet. */
export interface EventDraft {
  id: string;
  iCalUid: string;
  start: When;
  end: When;
  recurrence?: string[] | undefined;
  details: EventDetails;
  moves?: number;
}

/** Changes to an event or an occurrence. A detail that is undefined is removed. */
export interface EventChanges {
  start?: When | undefined;
  end?: When | undefined;
  recurrence?: string[] | null | undefined;
  details?: EventDetails | undefined;
}

const indexes = new WeakMap<StoredCalendar, Map<string, StoredEvent>>();

function indexOf(calendar: StoredCalendar): Map<string, StoredEvent> {
  let index = indexes.get(calendar);
  if (!index) {
    index = new Map(calendar.events.map((event) => [event.id, event]));
    indexes.set(calendar, index);
  }
  return index;
}

/** Finds the event with this id, also if it was deleted. */
export function findEvent(calendar: StoredCalendar, id: string): StoredEvent | undefined {
  return indexOf(calendar).get(id);
}

/** Adds an event. The id of a deleted event can be used again, as at Google. */
export function insertEvent(calendar: StoredCalendar, draft: EventDraft, now: Date): StoredEvent {
  calendar.seq += 1;
  const event: StoredEvent = {
    id: draft.id,
    iCalUid: draft.iCalUid,
    ordinal: calendar.nextOrdinal,
    createdSeq: calendar.seq,
    seq: calendar.seq,
    definitionSeq: calendar.seq,
    revision: 1,
    sequence: 0,
    createdAt: now.toISOString(),
    updatedAt: now.toISOString(),
    start: draft.start,
    end: draft.end,
    details: draft.details,
  };
  if (draft.recurrence?.length) event.recurrence = draft.recurrence;
  if (calendar.provider === 'microsoft') event.lastDayCounts = true;
  if (draft.moves) event.moves = draft.moves;
  calendar.nextOrdinal += 1;
  const former = findEvent(calendar, draft.id);
  if (former) calendar.events.splice(calendar.events.indexOf(former), 1);
  calendar.events.push(event);
  indexOf(calendar).set(event.id, event);
  return event;
}

/**
 * Changes an event or a whole series. A new time or rule removes the exceptions, as at both
 * providers.
 */
export function changeEvent(
  calendar: StoredCalendar,
  event: StoredEvent,
  changes: EventChanges,
  now: Date,
): void {
  const before = timingOf(event);
  const retimed = changes.start || changes.end || changes.recurrence !== undefined;
  const updatedAt = event.updatedAt;
  stamp(calendar, event, now);
  // If only reminders change, the etag changes but `updated` does not.
  const names = Object.keys(changes.details ?? {});
  if (!retimed && names.length > 0 && names.every((name) => name === 'reminderMinutes'))
    event.updatedAt = updatedAt;
  event.definitionSeq = calendar.seq;
  if (retimed) {
    keepTiming(event, before);
    event.sequence += 1;
    if (changes.start) event.start = changes.start;
    if (changes.end) event.end = changes.end;
    if (changes.recurrence === null) delete event.recurrence;
    else if (changes.recurrence) event.recurrence = changes.recurrence;
    delete event.overrides;
  }
  if (changes.details) event.details = merged(event.details, changes.details);
}

/** Deletes an event or a whole series. A tombstone is kept. */
export function removeEvent(calendar: StoredCalendar, event: StoredEvent, now: Date): void {
  const before = timingOf(event);
  stamp(calendar, event, now);
  event.definitionSeq = calendar.seq;
  keepTiming(event, before);
  event.deleted = true;
}

/**
 * Changes or cancels one occurrence. `date` is the local date of its original start (`20260914`).
 */
export function changeOccurrence(
  calendar: StoredCalendar,
  event: StoredEvent,
  date: string,
  changes: EventChanges | 'cancel',
  now: Date,
): Override {
  const before = timingOf(event);
  calendar.seq += 1;
  event.seq = calendar.seq;
  keepTiming(event, before);
  const former = event.overrides?.[date];
  const override: Override = {
    ...former,
    seq: calendar.seq,
    revision: (former?.revision ?? 0) + 1,
    updatedAt: now.toISOString(),
  };
  if (changes === 'cancel') override.cancelled = true;
  else {
    delete override.cancelled;
    if (changes.start) override.start = changes.start;
    if (changes.end) override.end = changes.end;
    if (changes.details) override.details = merged(former?.details ?? {}, changes.details);
  }
  event.overrides = { ...event.overrides, [date]: override };
  return override;
}

function stamp(calendar: StoredCalendar, event: StoredEvent, now: Date): void {
  calendar.seq += 1;
  event.seq = calendar.seq;
  event.revision += 1;
  event.updatedAt = now.toISOString();
}

function timingOf(event: StoredEvent): Timing {
  const timing: Timing = { start: event.start, end: event.end };
  if (event.recurrence) timing.recurrence = event.recurrence;
  if (event.overrides) timing.overrides = event.overrides;
  if (event.lastDayCounts) timing.lastDayCounts = true;
  return timing;
}

function keepTiming(event: StoredEvent, timing: Timing): void {
  event.past = [...(event.past ?? []), { until: event.seq, timing }].slice(-200);
}

function merged(details: EventDetails, changes: EventDetails): EventDetails {
  const result = { ...details, ...changes };
  for (const [name, value] of Object.entries(changes)) {
    if (value === undefined) delete result[name as keyof EventDetails];
  }
  return result;
}
