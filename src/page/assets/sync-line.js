// An account's sync in one line and one bar: when it last ran, how far it is, why it stopped.

import { make, say } from './dom.js';
import { isUnderWay } from './follow-sync.js';
import { exactTime, relativeTime } from './times.js';
import { count, phaseWords, progressWords, statusWords, syncErrorWords } from './words.js';

/** How long the full bar stays when a sync has ended. */
const AFTERGLOW_MS = 1_600;
/** A bar that has begun shows it, before the first event is seen. */
const LEAST = 0.04;
/** How many events of a calendar not yet done make about two thirds of its share; nobody knows how many it has. */
const MANY_EVENTS = 400;

export class SyncLine {
  constructor() {
    this.words = make('span.sync-words');
    this.numbers = make('span.sync-numbers.soft');
    this.fill = make('span.bar-fill');
    this.bar = make(
      'div.bar',
      { role: 'progressbar', 'aria-label': 'Sync', 'aria-valuemin': '0' },
      this.fill,
    );
    // Phases and ends are worth hearing; every count on the way is not.
    this.spoken = make('span.unseen', { 'aria-live': 'polite' });
    this.element = make(
      'div.sync-line',
      {},
      make('p', {}, this.words, this.numbers),
      this.bar,
      this.spoken,
    );
    this.wasUnderWay = false;
    this.glowsUntil = 0;
    /** The progress when the last calendar was done. */
    this.mark = { calendarsDone: 0, eventsSeen: 0 };
  }

  /** @param {import('./api.js').Account} account */
  show(account) {
    const { sync } = account;
    const underWay = isUnderWay(sync);
    if (underWay) this.showProgress(sync);
    else this.showRest(account);
    this.wasUnderWay = underWay;
  }

  /** @param {import('./api.js').Sync} sync */
  showProgress(sync) {
    const { calendarsDone, calendarsTotal } = sync.progress;
    const counted = sync.state === 'running' && calendarsTotal > 0;
    const phase = phaseWords(sync);
    const numbers = sync.state === 'running' ? progressWords(sync.progress) : '';
    this.element.dataset['state'] = counted ? 'counted' : 'uncounted';
    say(this.words, phase);
    say(this.numbers, numbers);
    this.words.removeAttribute('title');
    say(this.spoken, phase);
    this.bar.setAttribute('aria-valuetext', `${phase} ${numbers}`.trim());
    this.bar.setAttribute('aria-valuemax', String(Math.max(1, calendarsTotal)));
    if (counted) this.bar.setAttribute('aria-valuenow', String(calendarsDone));
    else this.bar.removeAttribute('aria-valuenow');
    this.fill.style.transform = counted ? `scaleX(${this.share(sync.progress)})` : '';
  }

  /**
   * How much is done, between 0 and 1: calendars, and something for the events of the one being read. It never goes back.
   * @param {import('./api.js').Progress} progress
   */
  share({ calendarsDone, calendarsTotal, eventsSeen }) {
    if (calendarsDone !== this.mark.calendarsDone || eventsSeen < this.mark.eventsSeen)
      this.mark = { calendarsDone, eventsSeen };
    const reading =
      calendarsDone < calendarsTotal
        ? 1 - Math.exp((this.mark.eventsSeen - eventsSeen) / MANY_EVENTS)
        : 0;
    return Math.max(LEAST, Math.min(1, (calendarsDone + 0.9 * reading) / calendarsTotal)).toFixed(
      3,
    );
  }

  /** @param {import('./api.js').Account} account */
  showRest(account) {
    const { sync, lastSyncedAt, nextSyncAt, status } = account;
    const next = nextSyncAt === null ? null : relativeTime(nextSyncAt);
    const failed = isStopped(sync) && status === 'connected';
    if (this.wasUnderWay) this.showEnd(account);
    this.element.dataset['state'] = failed
      ? 'failed'
      : Date.now() < this.glowsUntil
        ? 'done'
        : 'rest';
    this.bar.removeAttribute('aria-valuenow');
    this.bar.setAttribute(
      'aria-valuetext',
      failed ? 'Stopped' : lastSyncedAt === null ? 'Not synced yet' : 'Synced',
    );
    const synced =
      lastSyncedAt === null ? 'Not synced yet' : `Synced ${relativeTime(lastSyncedAt)}`;
    say(this.words, failed ? syncErrorWords(sync, next) : synced);
    say(
      this.numbers,
      failed
        ? lastSyncedAt === null
          ? ''
          : synced
        : next === null || status !== 'connected'
          ? ''
          : `next ${next}`,
    );
    const titled = failed ? this.numbers : this.words;
    for (const element of [this.words, this.numbers]) element.removeAttribute('title');
    if (lastSyncedAt !== null) titled.title = exactTime(lastSyncedAt);
    if (!failed && nextSyncAt !== null) this.numbers.title = exactTime(nextSyncAt);
  }

  /** The bar fills, stays a moment and fades; or empties, where the sync did not get there. @param {import('./api.js').Account} account */
  showEnd(account) {
    const stopped = isStopped(account.sync) || account.status !== 'connected';
    this.glowsUntil = stopped ? 0 : Date.now() + AFTERGLOW_MS;
    this.fill.style.transform = stopped ? 'scaleX(0)' : 'scaleX(1)';
    const seen = `Synced ${count(account.sync.progress.eventsSeen, 'event')}.`;
    say(
      this.spoken,
      account.status !== 'connected' ? statusWords(account) : stopped ? 'The sync stopped.' : seen,
    );
    setTimeout(() => {
      if (this.element.dataset['state'] === 'done') this.element.dataset['state'] = 'rest';
    }, AFTERGLOW_MS);
  }
}

/** @param {import('./api.js').Sync} sync */
const isStopped = ({ state, error }) =>
  (state === 'error' || state === 'backoff') && error !== null;
