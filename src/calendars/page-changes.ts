// What a page of changes comes to, before any of it is written.

import type { EventChange, EventRecord } from '../event-model.js';
import { isStorable } from './event-row.js';

export interface PageChanges {
  /** At most one for each id: the newest, or the last where the provider gives no time. */
  readonly puts: readonly EventRecord[];
  /** Ids that are removed before anything is put. */
  readonly removals: readonly string[];
  /**
   * Ids of single events among the puts. An event that was a series before may still have
   * occurrences.
   */
  readonly singles: readonly string[];
  /**
   * Series to which an item belongs, put or removed, without those that are put themselves. A
   * single event that is stored under such an id became the series, and does not exist any more.
   */
  readonly series: readonly string[];
  /** How many items cannot be stored. */
  readonly skipped: number;
}

/** Applies the changes of a page in the order in which the provider lists them. */
export function pageChanges(changes: readonly EventChange[]): PageChanges {
  const events = new Map<string, EventRecord>();
  const removals = new Set<string>();
  const series = new Set<string>();
  let skipped = 0;
  for (const change of changes) {
    const seriesId = seriesOf(change);
    if (seriesId !== null) series.add(seriesId);
    if (change.change === 'skip') skipped++;
    else if (change.change === 'put') putUnlessOlder(events, change.event);
    else {
      removals.add(change.providerEventId);
      removeSeries(events, change.providerEventId);
    }
  }
  const puts = [...events.values()].filter(isStorable);
  for (const { providerEventId } of puts) series.delete(providerEventId);
  return {
    puts,
    removals: [...removals],
    singles: puts.filter(({ kind }) => kind === 'single').map((event) => event.providerEventId),
    series: [...series],
    skipped: skipped + events.size - puts.length,
  };
}

/** The series that an item names as its own. */
function seriesOf(change: EventChange): string | null {
  if (change.change === 'skip') return null;
  return (change.change === 'put' ? change.event : change).seriesId ?? null;
}

function putUnlessOlder(events: Map<string, EventRecord>, event: EventRecord): void {
  const before = events.get(event.providerEventId);
  if (before === undefined || !isOlder(event, before)) events.set(event.providerEventId, event);
}

/** Removes an event and every occurrence of which it is the series. */
function removeSeries(events: Map<string, EventRecord>, removedId: string): void {
  for (const [id, { seriesId }] of events)
    if (id === removedId || seriesId === removedId) events.delete(id);
}

function isOlder(event: EventRecord, than: EventRecord): boolean {
  return (
    event.updatedAt !== null &&
    than.updatedAt !== null &&
    Date.parse(event.updatedAt) < Date.parse(than.updatedAt)
  );
}
