// The line about an account's sync: its last time, its progress, or why it stopped.

import { make, setText } from './dom.js';
import { isUnderWay } from './follow-sync.js';
import { exactTime, relativeTime } from './times.js';
import {
  lastSyncText,
  nextSyncText,
  phaseText,
  progressText,
  statusText,
  syncErrorText,
  syncResultText,
  TEXT,
} from './words.js';

/** How long the full bar stays after a sync. */
const DONE_MS = 1_600;
/** The smallest share of the bar, so that a sync that has begun is visible. */
const MIN_SHARE = 0.04;
/**
 * The size of a calendar is not known. After this many events, its share of the bar is about two
 * thirds full.
 */
const TYPICAL_EVENTS = 400;

/** One line of text with a progress bar. */
export class SyncLine {
  constructor() {
    this.words = make('span.sync-words');
    this.numbers = make('span.sync-numbers.soft');
    this.fill = make('span.bar-fill');
    this.bar = make(
      'div.bar',
      { role: 'progressbar', 'aria-label': TEXT.sync.label, 'aria-valuemin': '0' },
      this.fill,
    );
    // A screen reader reads the phases and the result, but not every count.
    this.spoken = make('span.unseen', { 'aria-live': 'polite' });
    this.element = make(
      'div.sync-line',
      {},
      make('p', {}, this.words, this.numbers),
      this.bar,
      this.spoken,
    );
    this.wasUnderWay = false;
    this.doneUntil = 0;
    /** The progress at the end of the last finished calendar. */
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
    const phase = phaseText(sync);
    const numbers = sync.state === 'running' ? progressText(sync.progress) : '';
    this.element.dataset['state'] = counted ? 'counted' : 'uncounted';
    setText(this.words, phase);
    setText(this.numbers, numbers);
    this.words.removeAttribute('title');
    setText(this.spoken, phase);
    this.bar.setAttribute('aria-valuetext', `${phase} ${numbers}`.trim());
    this.bar.setAttribute('aria-valuemax', String(Math.max(1, calendarsTotal)));
    if (counted) this.bar.setAttribute('aria-valuenow', String(calendarsDone));
    else this.bar.removeAttribute('aria-valuenow');
    this.fill.style.transform = counted ? `scaleX(${this.share(sync.progress)})` : '';
  }

  /**
   * The filled share of the bar, from 0 to 1: the finished calendars, and an estimate for the
   * current one. It never shrinks.
   * @param {import('./api.js').Progress} progress
   */
  share({ calendarsDone, calendarsTotal, eventsSeen }) {
    if (calendarsDone !== this.mark.calendarsDone || eventsSeen < this.mark.eventsSeen)
      this.mark = { calendarsDone, eventsSeen };
    const reading =
      calendarsDone < calendarsTotal
        ? 1 - Math.exp((this.mark.eventsSeen - eventsSeen) / TYPICAL_EVENTS)
        : 0;
    return Math.max(
      MIN_SHARE,
      Math.min(1, (calendarsDone + 0.9 * reading) / calendarsTotal),
    ).toFixed(3);
  }

  /** @param {import('./api.js').Account} account */
  showRest(account) {
    const { sync, lastSyncedAt, nextSyncAt, status } = account;
    const next = nextSyncAt === null ? null : untilNext(nextSyncAt);
    const failed = isStopped(sync) && status === 'connected';
    if (this.wasUnderWay) this.showEnd(account);
    this.element.dataset['state'] = failed
      ? 'failed'
      : Date.now() < this.doneUntil
        ? 'done'
        : 'rest';
    this.bar.removeAttribute('aria-valuenow');
    this.bar.setAttribute(
      'aria-valuetext',
      failed ? TEXT.sync.stopped : lastSyncedAt === null ? TEXT.sync.never : TEXT.sync.done,
    );
    const synced =
      lastSyncedAt === null ? TEXT.sync.never : lastSyncText(relativeTime(lastSyncedAt));
    setText(this.words, failed ? syncErrorText(sync, next) : synced);
    setText(
      this.numbers,
      failed
        ? lastSyncedAt === null
          ? ''
          : synced
        : next === null || status !== 'connected'
          ? ''
          : nextSyncText(next),
    );
    const titled = failed ? this.numbers : this.words;
    for (const element of [this.words, this.numbers]) element.removeAttribute('title');
    if (lastSyncedAt !== null) titled.title = exactTime(lastSyncedAt);
    if (!failed && nextSyncAt !== null) this.numbers.title = exactTime(nextSyncAt);
  }

  /**
   * After a success the bar fills, stays and fades. After a failure it empties.
   * @param {import('./api.js').Account} account
   */
  showEnd(account) {
    const stopped = isStopped(account.sync) || account.status !== 'connected';
    this.doneUntil = stopped ? 0 : Date.now() + DONE_MS;
    this.fill.style.transform = stopped ? 'scaleX(0)' : 'scaleX(1)';
    const result = syncResultText(account.sync.progress.eventsSeen);
    setText(
      this.spoken,
      account.status !== 'connected'
        ? statusText(account)
        : stopped
          ? TEXT.sync.stoppedSpoken
          : result,
    );
    setTimeout(() => {
      if (this.element.dataset['state'] === 'done') this.element.dataset['state'] = 'rest';
    }, DONE_MS);
  }
}

/** The time until the next sync, in words. @param {string} instant */
const untilNext = (instant) =>
  Date.parse(instant) <= Date.now() ? TEXT.sync.soon : relativeTime(instant);

/** @param {import('./api.js').Sync} sync */
const isStopped = ({ state, error }) =>
  (state === 'error' || state === 'backoff') && error !== null;
