/** Events and calendars as the sandbox stores them, in a form that fits both providers. */

/** A wall clock time in a time zone, or a date for an all-day event. An end date is exclusive. */
export type When = { date: string } | { dateTime: string; timeZone: string };

/** A person with an email address. */
export interface Person {
  email: string;
  name?: string;
}

/** An invited person and their response. */
export interface Attendee extends Person {
  response: 'needsAction' | 'accepted' | 'declined' | 'tentative';
  optional?: boolean;
  resource?: boolean;
}

/** All details of an event except its time. */
export interface EventDetails {
  title?: string;
  description?: string;
  descriptionType?: 'text' | 'html';
  location?: string;
  status?: 'confirmed' | 'tentative' | 'cancelled';
  showAs?: 'busy' | 'free' | 'tentative' | 'oof' | 'workingElsewhere' | 'unknown';
  visibility?: 'default' | 'public' | 'private' | 'confidential';
  eventType?: string;
  organizer?: Person;
  attendees?: Attendee[];
  conferenceUrl?: string;
  /** Minutes before the start. Null: no reminder. Absent: the calendar's default. */
  reminderMinutes?: number | null;
  colorId?: string;
  categories?: string[];
  importance?: 'low' | 'normal' | 'high';
  /** Outlook shows `tzone://Microsoft/Custom`, as for an imported time zone without a name. */
  customZone?: boolean;
  /** Fields of the provider that are returned as they are, also instead of the usual ones. */
  extra?: Record<string, unknown>;
}

/** A changed or cancelled occurrence of a series. */
export interface Override {
  seq: number;
  revision: number;
  updatedAt: string;
  cancelled?: boolean;
  start?: When;
  end?: When;
  details?: EventDetails;
}

/** The times of an event or series, from which its occurrences follow. */
export interface Timing {
  start: When;
  end: When;
  /** RRULE and EXDATE lines of a series. */
  recurrence?: string[];
  /** Outlook's rule: day 29, 30 or 31 is the last day of a shorter month. RFC 5545 skips it. */
  lastDayCounts?: boolean;
  /** By the local date of the original start, `20260914`. */
  overrides?: Record<string, Override>;
}

/**
 * A single event or a series. A deleted one is kept as a tombstone, so that cursors can report it.
 */
export interface StoredEvent extends Timing {
  id: string;
  iCalUid: string;
  ordinal: number;
  createdSeq: number;
  /** The change number of the latest change. */
  seq: number;
  /** The change number of the latest change that was not one of a single occurrence. */
  definitionSeq: number;
  revision: number;
  sequence: number;
  createdAt: string;
  updatedAt: string;
  details: EventDetails;
  deleted?: boolean;
  /** How often the event was moved to another calendar. Outlook's ordinary ids change with it. */
  moves?: number;
  /** Earlier timings, oldest first, each with the change number that replaced it. */
  past?: { until: number; timing: Timing }[];
}

/** A calendar and its history. The lists of accounts say who sees it and under which id. */
export interface StoredCalendar {
  key: string;
  provider: 'google' | 'microsoft';
  name: string;
  description?: string;
  timeZone: string;
  owner: Person;
  seq: number;
  nextOrdinal: number;
  /** Cursors of an earlier generation are answered with 410. */
  generation: number;
  events: StoredEvent[];
}

/** The timing at change number `seq`; undefined if the event did not exist then. */
export function timingAt(event: StoredEvent, seq: number): Timing | undefined {
  if (event.createdSeq > seq) return undefined;
  const former = event.past?.find((entry) => entry.until > seq);
  if (former) return former.timing;
  return event.deleted && event.seq <= seq ? undefined : event;
}
