// The line about an account's sync: its last time, its progress, or why it stopped.

import { make, setText } from './dom.js';
import { isUnderWay } from './follow-sync.js';
import { exactTime, isJustNow, relativeTime } from './times.js';
import {
  lastSyncText,
  nextSyncText,
  phaseText,
  progressText,
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
  /** @param {string} label the accessible name of the progress bar */
  constructor(label) {
    this.label = label;
    this.words = make('span.sync-words');
    this.numbers = make('span.sync-numbers.soft');
    this.fill = make('span.bar-fill');
    this.bar = make('div.bar', { 'aria-hidden': 'true' }, this.fill);
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
    /** The result of the last sync that this line has shown. @type {string | null} */
    this.result = null;
    /** The progress at the end of the last finished calendar. */
    this.mark = { calendarsDone: 0, eventsSeen: 0 };
  }

  /**
   * @param {import('./api.js').Account} account
   * @param {string | null} [advice] shown instead of the last sync where there is nothing to sync
   */
  show(account, advice = null) {
    const underWay = isUnderWay(account.sync);
    this.announceBar(underWay);
    if (underWay) this.showProgress(account.sync);
    else this.showRest(account, advice);
    this.wasUnderWay = underWay;
  }

  /** At rest, a screen reader finds no bar. @param {boolean} underWay */
  announceBar(underWay) {
    const attributes = { role: 'progressbar', 'aria-label': this.label, 'aria-valuemin': '0' };
    if (underWay) {
      this.bar.removeAttribute('aria-hidden');
      for (const [name, value] of Object.entries(attributes)) this.bar.setAttribute(name, value);
    } else if (this.bar.hasAttribute('role')) {
      const values = ['aria-valuenow', 'aria-valuemax', 'aria-valuetext'];
      for (const name of [...Object.keys(attributes), ...values]) this.bar.removeAttribute(name);
      this.bar.setAttribute('aria-hidden', 'true');
    }
  }

  /** @param {import('./api.js').Sync} sync */
  showProgress(sync) {
    const { calendarsDone, calendarsTotal } = sync.progress;
    const counted = sync.state === 'running' && calendarsTotal > 0;
    const phase = phaseText(sync);
    const numbers = sync.state === 'running' ? progressText(sync.progress) : '';
    this.element.dataset['state'] = counted ? 'counted' : 'uncounted';
    this.result = null;
    this.say(phase, numbers);
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

  /** @param {import('./api.js').Account} account @param {string | null} advice */
  showRest(account, advice) {
    const { sync, lastSyncedAt, nextSyncAt, status } = account;
    const failed = isStopped(sync) && status === 'connected';
    if (this.wasUnderWay) this.showEnd(account);
    const isDone = advice === null && Date.now() < this.doneUntil;
    this.element.dataset['state'] = failed ? 'failed' : isDone ? 'done' : 'rest';
    for (const element of [this.words, this.numbers]) element.removeAttribute('title');
    if (advice !== null) return this.say(advice, '');
    const next = nextSyncAt === null ? null : untilNext(nextSyncAt);
    const synced =
      lastSyncedAt === null ? TEXT.sync.never : lastSyncText(relativeTime(lastSyncedAt));
    const titled = failed ? this.numbers : this.words;
    if (lastSyncedAt !== null) titled.title = exactTime(lastSyncedAt);
    if (failed) return this.say(syncErrorText(sync, next), lastSyncedAt === null ? '' : synced);
    if (nextSyncAt !== null) this.numbers.title = exactTime(nextSyncAt);
    const result = lastSyncedAt !== null && isJustNow(lastSyncedAt) ? this.result : null;
    const comes = next === null || status !== 'connected' ? null : nextSyncText(next);
    this.say(synced, [result, comes].filter((text) => text !== null).join(' · '));
  }

  /** @param {string} words @param {string} numbers */
  say(words, numbers) {
    setText(this.words, words);
    setText(this.numbers, numbers);
  }

  /**
   * After a success the bar fills, stays and fades. After a failure it empties.
   * @param {import('./api.js').Account} account
   */
  showEnd({ sync, status }) {
    const stopped = isStopped(sync) || status !== 'connected';
    this.doneUntil = stopped ? 0 : Date.now() + DONE_MS;
    this.fill.style.transform = stopped ? 'scaleX(0)' : 'scaleX(1)';
    // A calendar that could not be read says so itself.
    this.result = stopped || sync.error !== null ? null : syncResultText(sync.progress.eventsSeen);
    // The status of an account that needs its user is read by itself.
    if (status === 'connected')
      setText(this.spoken, stopped ? TEXT.sync.stoppedSpoken : (this.result ?? ''));
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
