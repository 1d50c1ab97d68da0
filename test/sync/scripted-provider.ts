/** A provider without HTTP that returns the pages of a test and records the requests. */

import type { EventChange, EventRecord } from '../../src/event-model.js';
import type {
  CalendarPage,
  ChangePage,
  ChangesRequest,
  ProviderCalendars,
  SeriesInstances,
  SeriesRequest,
} from '../../src/providers/provider-calendars.js';
import type { CalendarRecord } from '../../src/vocabulary.js';

export type Answer =
  | ChangePage
  | Error
  | ((request: ChangesRequest) => ChangePage | Promise<ChangePage>);

export class ScriptedProvider implements ProviderCalendars {
  calendars: CalendarRecord[] = [calendar('primary', { primary: true })];
  /** Called before a listing is returned. */
  beforeListing: () => Promise<void> | void = () => {};
  readonly asked: ChangesRequest[] = [];
  readonly series: string[] = [];
  private readonly answers = new Map<string, Answer[]>();
  readMaster?: (request: SeriesRequest) => Promise<EventRecord | null>;
  readInstances?: (request: SeriesRequest) => Promise<SeriesInstances | null>;

  /** Adds responses for a calendar. Without one, the provider reports no changes. */
  say(providerCalendarId: string, ...answers: Answer[]): void {
    this.answers.set(providerCalendarId, [
      ...(this.answers.get(providerCalendarId) ?? []),
      ...answers,
    ]);
  }

  /** Makes the provider answer requests for series too. */
  knowSeries(
    masters: Record<string, EventRecord | null>,
    instances: Record<string, EventRecord[] | null>,
  ): void {
    this.readMaster = async ({ seriesId }) => {
      this.series.push(`master ${seriesId}`);
      return masters[seriesId] ?? null;
    };
    this.readInstances = async ({ seriesId }) => {
      this.series.push(`instances ${seriesId}`);
      const events = instances[seriesId] ?? null;
      return events === null ? null : { events, isComplete: true };
    };
  }

  async listCalendars(): Promise<CalendarPage> {
    await this.beforeListing();
    return { calendars: this.calendars, next: null };
  }

  async readChanges(request: ChangesRequest): Promise<ChangePage> {
    this.asked.push(request);
    const answer =
      this.answers.get(request.providerCalendarId)?.shift() ??
      page([], { cursor: request.cursor ?? 'first' });
    if (answer instanceof Error) throw answer;
    return typeof answer === 'function' ? answer(request) : answer;
  }
}

/** One page. It is the last of its round if it has a cursor. */
export function page(
  changes: readonly EventChange[],
  { cursor = null, next = null }: { cursor?: string | null; next?: string | null },
): ChangePage {
  return { changes, cursor, next };
}

export function put(...events: EventRecord[]): EventChange[] {
  return events.map((event) => ({ change: 'put', event }));
}

export function remove(...ids: string[]): EventChange[] {
  return ids.map((providerEventId) => ({ change: 'remove', providerEventId }));
}

export function calendar(
  providerCalendarId: string,
  more: Partial<CalendarRecord> = {},
): CalendarRecord {
  return {
    providerCalendarId,
    name: providerCalendarId,
    description: null,
    timeZone: 'Europe/Madrid',
    color: null,
    primary: false,
    accessRole: 'owner',
    selectedByDefault: true,
    ...more,
  };
}

/** A meeting of one hour on the given day of December 2026, unless `more` changes it. */
export function event(
  providerEventId: string,
  more: Partial<EventRecord> & { day?: number } = {},
): EventRecord {
  const { day = 1, ...rest } = more;
  const date = `2026-12-${String(day).padStart(2, '0')}`;
  return {
    providerEventId,
    iCalUid: `${providerEventId}@example.com`,
    etag: '"1"',
    title: `Title of ${providerEventId}`,
    description: null,
    location: null,
    kind: 'single',
    seriesId: null,
    originalStart: null,
    allDay: false,
    start: { dateTime: `${date}T09:00:00.000Z`, timeZone: 'Europe/Madrid' },
    end: { dateTime: `${date}T10:00:00.000Z`, timeZone: 'Europe/Madrid' },
    status: 'confirmed',
    busy: true,
    eventType: 'default',
    visibility: 'default',
    organizer: { email: 'ana@example.com', name: 'Ana', self: true },
    attendees: [],
    selfResponse: null,
    conferenceUrl: null,
    reminders: null,
    link: null,
    createdAt: '2026-11-01T00:00:00Z',
    updatedAt: '2026-11-01T00:00:00Z',
    sparse: false,
    ...rest,
  };
}

export function allDay(
  providerEventId: string,
  from: string,
  to: string,
  more: Partial<EventRecord> = {},
): EventRecord {
  return event(providerEventId, {
    allDay: true,
    start: { date: from },
    end: { date: to },
    ...more,
  });
}

/** Microsoft's sparse occurrence: only identity and times. */
export function bare(providerEventId: string, seriesId: string, day: number): EventRecord {
  return {
    ...event(providerEventId, { day }),
    kind: 'occurrence',
    seriesId,
    sparse: true,
    title: null,
    iCalUid: null,
    organizer: null,
    createdAt: null,
    updatedAt: null,
  };
}

export function master(providerEventId: string, more: Partial<EventRecord> = {}): EventRecord {
  return event(providerEventId, { kind: 'master', ...more });
}
