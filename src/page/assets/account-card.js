// The card of a connected account: its name, status, sync, buttons, calendars and events.

import { accountParts } from './account-parts.js';
import { Agenda } from './agenda.js';
import { call, Problem } from './api.js';
import { CalendarList } from './calendar-list.js';
import { askToDisconnect } from './disconnect.js';
import { fill, isWaiting, setText, setWaiting } from './dom.js';
import { followSync, isUnderWay } from './follow-sync.js';
import { showProblem } from './notices.js';
import { SyncLine } from './sync-line.js';
import { statusText } from './words.js';

/** During a sync, the calendars and events are loaded at most this often. */
const RELOAD_MS = 400;
/** Calendars that are ticked within this time are synced together. */
const SELECTION_MS = 900;

/** @typedef {import('./api.js').Account} Account */

/** A card that follows the account's sync and keeps itself up to date. */
export class AccountCard {
  /**
   * @param {Account} account
   * @param {{ providerName: string, isOwn: boolean, showOwner: boolean, isOpen: boolean,
   *   onGone: () => void }} options `isOwn`: the reader owns the account; `onGone` is called when
   *   the account no longer exists
   */
  constructor(account, { providerName, isOwn, showOwner, isOpen, onGone }) {
    this.account = account;
    this.providerName = providerName;
    this.onGone = onGone;
    this.isOwn = isOwn;
    /** @type {(() => void) | null} */
    this.stopFollowing = null;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.selectionTimer = undefined;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.retryTimer = undefined;
    this.syncAgain = false;
    this.loadedAt = 0;
    this.calendars = new CalendarList(account.id, {
      mayChoose: isOwn,
      onShown: (calendars) => this.agenda?.setCalendars(calendars),
      onChosen: ({ selected }) => this.onCalendarChosen(selected),
    });
    this.agenda = isOwn ? new Agenda(account.id) : null;

    this.sync = new SyncLine();
    this.parts = accountParts(account, {
      providerName,
      isOwn,
      showOwner,
      syncLine: this.sync.element,
      contents: [this.calendars.element, this.agenda?.element],
      onSync: () => this.onSyncPressed(),
      onDisconnect: () => askToDisconnect(this.account, { providerName, isOwn, onGone }),
      onOpen: () => this.loadContents(),
    });
    this.element = this.parts.element;
    this.update(account);
    this.parts.more.open = isOpen;
  }

  /**
   * Shows the current state of the account.
   * @param {Account} account
   * @returns {boolean} whether its contents are being loaded
   */
  update(account) {
    const syncedBefore = this.account.lastSyncedAt;
    this.account = account;
    const { displayName, email, status } = account;
    setText(this.parts.name, displayName ?? email ?? this.providerName);
    setText(
      this.parts.address,
      [displayName === null ? null : email, this.providerName].filter(Boolean).join(' · '),
    );
    setText(this.parts.status, statusText(account));
    this.parts.status.dataset['status'] = status;
    this.parts.reconnect.hidden = status !== 'reauthorization_required' || !this.isOwn;
    this.parts.syncButton.hidden = status !== 'connected';
    this.parts.disconnect.hidden = status === 'disconnecting';
    this.showSync();
    if (isUnderWay(account.sync)) this.follow();
    const isNew = !isUnderWay(account.sync) && account.lastSyncedAt !== syncedBefore;
    if (isNew) this.loadContents();
    return isNew;
  }

  showSync() {
    this.sync.show(this.account);
    setWaiting(
      this.parts.syncButton,
      this.retryTimer !== undefined || isUnderWay(this.account.sync),
    );
  }

  follow() {
    this.stopFollowing ??= followSync(this.account.id, (sync) => {
      if (sync === null) return this.onGone();
      const before = this.account.sync.progress;
      this.account = { ...this.account, sync };
      this.showSync();
      if (!isUnderWay(sync)) {
        this.stopFollowing = null;
        this.onSyncEnded();
      } else if (hasNewCalendars(before, sync.progress) && Date.now() - this.loadedAt > RELOAD_MS)
        this.loadContents();
    });
  }

  async onSyncEnded() {
    await this.reload();
    if (!this.syncAgain) return;
    this.syncAgain = false;
    this.syncNow();
  }

  /** Loads the account, its calendars and its events again. */
  async reload() {
    try {
      if (!this.update(await call('GET', `/accounts/${this.account.id}`))) this.loadContents();
    } catch (error) {
      if (error instanceof Problem && error.status === 404) this.onGone();
      else showProblem(this.parts.problem, error, () => this.reload());
    }
  }

  loadContents() {
    if (!this.parts.more.open) return;
    this.loadedAt = Date.now();
    this.calendars.load();
    this.agenda?.load({ moreMayCome: isUnderWay(this.account.sync) });
  }

  onSyncPressed() {
    if (!isWaiting(this.parts.syncButton)) this.syncNow();
  }

  async syncNow() {
    setWaiting(this.parts.syncButton, true);
    try {
      const { state } = await call('POST', `/sync/${this.account.id}`, { body: {} });
      fill(this.parts.problem);
      const progress = isUnderWay(this.account.sync)
        ? this.account.sync.progress
        : { calendarsDone: 0, calendarsTotal: 0, eventsSeen: 0 };
      this.account = { ...this.account, sync: { state, phase: null, progress, error: null } };
      this.showSync();
      this.follow();
    } catch (error) {
      setWaiting(this.parts.syncButton, false);
      showProblem(this.parts.problem, error, () => this.syncNow());
      if (error instanceof Problem && error.retryAfterSeconds !== null)
        this.waitToRetry(error.retryAfterSeconds);
      if (error instanceof Problem && error.code === 'reauthorization_required') this.reload();
    }
  }

  /**
   * After too many requests, the button waits as long as the service asks.
   * @param {number} seconds
   */
  waitToRetry(seconds) {
    setWaiting(this.parts.syncButton, true);
    clearTimeout(this.retryTimer);
    this.retryTimer = setTimeout(() => {
      this.retryTimer = undefined;
      fill(this.parts.problem);
      this.showSync();
    }, seconds * 1_000);
  }

  /**
   * A calendar that was ticked is synced at once. If a sync is running, another one follows it,
   * because the running sync may have passed this calendar already. The events of a calendar that
   * was unticked are deleted already.
   * @param {boolean} selected
   */
  onCalendarChosen(selected) {
    if (!selected) this.agenda?.load({ moreMayCome: false });
    else if (isUnderWay(this.account.sync)) this.syncAgain = true;
    else {
      clearTimeout(this.selectionTimer);
      this.selectionTimer = setTimeout(() => this.syncNow(), SELECTION_MS);
    }
  }

  /** Marks this account as the one that was just connected. */
  highlight() {
    this.parts.more.open = true;
    this.element.classList.add('fresh');
    this.element.firstElementChild?.scrollIntoView({ block: 'nearest' });
  }

  close() {
    this.stopFollowing?.();
    clearTimeout(this.selectionTimer);
    clearTimeout(this.retryTimer);
    this.element.remove();
  }
}

/**
 * @typedef {import('./api.js').Progress} Progress
 * @param {Progress} before
 * @param {Progress} now
 */
const hasNewCalendars = (before, now) =>
  before.calendarsTotal !== now.calendarsTotal || before.calendarsDone !== now.calendarsDone;
