// What a provider offers for reading calendars and events.

import type { EventChange, EventRecord } from '../event-model.js';
import type { CalendarRecord, TimeWindow } from '../vocabulary.js';

/**
 * How something is listed. `small`: with smaller pages, for a listing that did not end. `plain`:
 * all events of the window by another request, without a cursor, for a calendar whose list of
 * changes does not end or has an event that is too large for it.
 */
export type Listing = 'usual' | 'small' | 'plain';

/** A request for one page of the calendar list. */
export interface CalendarsRequest {
  readonly accessToken: string;
  /** The same for every page of one listing. Absent: `usual`. */
  readonly listing?: Exclude<Listing, 'plain'>;
  /** From the page before; null for the first. */
  readonly page: string | null;
  readonly signal?: AbortSignal;
}

/** One page of the calendar list. */
export interface CalendarPage {
  readonly calendars: readonly CalendarRecord[];
  /** Opaque: the `page` of the next request. Null on the last page. */
  readonly next: string | null;
}

/** A request for one page of a calendar's events or changes. */
export interface ChangesRequest {
  readonly accessToken: string;
  readonly providerCalendarId: string;
  /**
   * The window of a full sync. For an incremental sync: the window that the cursor was made with.
   */
  readonly window: TimeWindow;
  /** Null for a full sync. */
  readonly cursor: string | null;
  /** The same for every page of one listing. Absent: `usual`. `plain` needs a full sync. */
  readonly listing?: Listing;
  /** From the page before; null for the first. */
  readonly page: string | null;
  readonly signal?: AbortSignal;
}

/** One page of a calendar's events or changes. */
export interface ChangePage {
  readonly changes: readonly EventChange[];
  /** Opaque; null on the last page. */
  readonly next: string | null;
  /**
   * Where the next incremental sync begins: on the last page only. Null there when the provider
   * gave none: the next sync is a full one.
   */
  readonly cursor: string | null;
}

/** A request for one whole series, of a provider whose changes leave occurrences sparse. */
export interface SeriesRequest {
  readonly accessToken: string;
  readonly providerCalendarId: string;
  readonly seriesId: string;
  readonly window: TimeWindow;
  readonly signal?: AbortSignal;
}

/** The instances of a series. */
export interface SeriesInstances {
  readonly events: readonly EventRecord[];
  /** False when the listing did not end: there may be more instances. */
  readonly isComplete: boolean;
}

/** How many requests a provider accepts from us for one account. */
export interface RequestLimits {
  /** Requests a minute. */
  readonly perMinute?: number;
  /** Requests under way at once. */
  readonly atOnce?: number;
}

/**
 * Reading calendars and events. Every method throws ProviderError, classified; that of a 401 has
 * `accessTokenRejected`.
 */
export interface ProviderCalendars {
  /** Absent when no limit is known. */
  readonly limits?: RequestLimits;
  /** One page of the account's calendars. */
  listCalendars(request: CalendarsRequest): Promise<CalendarPage>;
  /**
   * One page of a calendar: all events of the window without a cursor, the changes since it with
   * one.
   * @throws ProviderError `cursor_expired` when the cursor no longer works and the calendar must be
   * read in full
   */
  readChanges(request: ChangesRequest): Promise<ChangePage>;
  /** The master of a series, or null when it is gone. Absent where changes are never sparse. */
  readMaster?(request: SeriesRequest): Promise<EventRecord | null>;
  /**
   * Every instance of a series inside the window, complete (not sparse); null when the series is
   * gone.
   */
  readInstances?(request: SeriesRequest): Promise<SeriesInstances | null>;
}
