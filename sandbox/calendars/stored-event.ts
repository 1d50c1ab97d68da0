/** What the sandbox keeps of an event, in neither provider's words. */

/** A moment as its owner wrote it: a wall clock time in a zone, or a date (all day; ends are exclusive). */
export type When = { date: string } | { dateTime: string; timeZone: string };

/** Someone with an address. */
export interface Person {
  email: string;
  name?: string;
}

/** Someone invited, and what they said. */
export interface Attendee extends Person {
  response: 'needsAction' | 'accepted' | 'declined' | 'tentative';
  optional?: boolean;
  resource?: boolean;
}

/** Everything about an event but its time. */
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
  /** Minutes before the start; null: none; absent: the calendar's default. */
  reminderMinutes?: number | null;
  colorId?: string;
  categories?: string[];
  importance?: 'low' | 'normal' | 'high';
  /** What Outlook shows for an imported zone nobody can name: `tzone://Microsoft/Custom`. */
  customZone?: boolean;
  /** Google fields we hand back as we got them. */
  extra?: Record<string, unknown>;
}

/** One occurrence of a series that is not as its rule says. */
export interface Override {
  seq: number;
  revision: number;
  updatedAt: string;
  cancelled?: boolean;
  start?: When;
  end?: When;
  details?: EventDetails;
}

/** When something happens: all that decides which occurrences there are. */
export interface Timing {
  start: When;
  end: When;
  /** RRULE and EXDATE lines of a series. */
  recurrence?: string[];
  /** By the local date of the original start, `20260914`. */
  overrides?: Record<string, Override>;
}

/** A single event or a whole series. Deleted ones stay as tombstones, so that cursors can tell of them. */
export interface StoredEvent extends Timing {
  id: string;
  iCalUid: string;
  ordinal: number;
  createdSeq: number;
  /** The calendar's change number of the latest change of any kind. */
  seq: number;
  /** The same, not counting changes to single occurrences. */
  definitionSeq: number;
  revision: number;
  sequence: number;
  createdAt: string;
  updatedAt: string;
  details: EventDetails;
  deleted?: boolean;
  /** How often it changed calendars: Outlook's ordinary ids change with it. */
  moves?: number;
  /** Former timings, oldest first, each with the change number that ended it. */
  past?: { until: number; timing: Timing }[];
}

/** One calendar and its whole history. Who sees it, and under which id, is up to each account's list. */
export interface StoredCalendar {
  key: string;
  provider: 'google' | 'microsoft';
  name: string;
  description?: string;
  timeZone: string;
  owner: Person;
  seq: number;
  nextOrdinal: number;
  /** Cursors of an older generation are gone. */
  generation: number;
  events: StoredEvent[];
}

/** The timing in force when the calendar's change number was `seq`; undefined when the event did not exist yet. */
export function timingAt(event: StoredEvent, seq: number): Timing | undefined {
  if (event.createdSeq > seq) return undefined;
  const former = event.past?.find((entry) => entry.until > seq);
  if (former) return former.timing;
  return event.deleted && event.seq <= seq ? undefined : event;
}
