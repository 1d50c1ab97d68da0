// The card of a connected account: its name, status, sync, buttons, calendars and events.

import { accountParts, showActions } from './account-parts.js';
import { hasNewCalendars, hasReadNoCalendar, isWithoutMailbox } from './account-state.js';
import { accountLabel, labelOf, noCalendarAdvice, statusText } from './account-words.js';
import { Agenda } from './agenda.js';
import { client, Problem } from './api.js';
import { CalendarList } from './calendar-list.js';
import { askToDisconnect } from './disconnect.js';
import { fill, isWaiting, setText, setWaiting } from './dom.js';
import { followSync, isUnderWay } from './follow-sync.js';
import { showProblem } from './notices.js';
import { SyncLine } from './sync-line.js';
import { TEXT } from './words.js';

/** During a sync, the calendars and events are loaded at most this often. */
const RELOAD_MS = 400;
/** After a sync, the service needs at most this time to queue the one that follows it. */
const NEXT_SYNC_MS = 1_500;

/** @typedef {import('./api.js').Account} Account */
/** @typedef {import('./api.js').SyncState} SyncState */

/** A card that follows the account's sync and keeps itself up to date. */
export class AccountCard {
  /**
   * @param {Account} account
   * @param {{ providerName: string, isOwn: boolean, showOwner: boolean, isOpen: boolean,
   *   onChange: () => void, onGone: () => void }} options `isOwn`: the reader owns the account;
   *   `onChange` is called when its state has changed; `onGone` when it no longer exists
   */
  constructor(account, { providerName, isOwn, showOwner, isOpen, onChange, onGone }) {
    this.account = account;
    this.providerName = providerName;
    this.onChange = onChange;
    this.onGone = onGone;
    this.isOwn = isOwn;
    /** @type {(() => void) | null} */
    this.stopFollowing = null;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.nextSyncTimer = undefined;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.retryTimer = undefined;
    /** Whether another sync follows the running one, for a calendar that was ticked meanwhile. */
    this.syncFollows = false;
    this.loadedAt = 0;
    this.calendarCount = 0;
    this.isCounted = false; // after the last sync
    const label = accountLabel(account, providerName);
    this.calendars = new CalendarList(account.id, {
      mayChoose: isOwn,
      onShown: (calendars) => this.onCalendarsShown(calendars),
      onChosen: ({ selected }) => this.onCalendarChosen(selected),
    });
    this.agenda = isOwn ? new Agenda(account.id, label) : null;

    this.sync = new SyncLine(labelOf(TEXT.sync.label, label));
    this.parts = accountParts(account, {
      providerName,
      isOwn,
      showOwner,
      label,
      syncLine: this.sync.element,
      contents: [this.calendars.element, this.agenda?.element],
      onSync: () => isWaiting(this.parts.syncButton) || this.syncNow(),
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
    const { displayName, email } = account;
    setText(this.parts.name, displayName ?? email ?? this.providerName);
    setText(
      this.parts.address,
      [displayName === null ? null : email, this.providerName].filter(Boolean).join(' · '),
    );
    const isNew = !isUnderWay(account.sync) && account.lastSyncedAt !== syncedBefore;
    if (isNew) this.isCounted = false;
    this.showStatus();
    if (isUnderWay(account.sync)) this.follow();
    if (isNew) this.loadContents();
    // Only the list of calendars tells whether there is none, or none is ticked.
    if (hasReadNoCalendar(account) && !this.isCounted) this.calendars.load();
    return isNew;
  }

  /** Whether there is nothing to sync or to show at the provider. */
  get hasNoCalendar() {
    const { account, calendarCount, isCounted } = this;
    return isWithoutMailbox(account) || (hasReadNoCalendar(account) && isCounted && !calendarCount);
  }

  showStatus() {
    const { account, hasNoCalendar, isOwn, parts } = this;
    setText(parts.status, statusText(account, { isOwn, hasNoCalendar }));
    parts.status.dataset['status'] = hasNoCalendar ? 'no_calendar' : account.status;
    showActions(parts, account, { isOwn, hasNoCalendar });
    parts.more.hidden = hasNoCalendar;
    this.showSync();
    this.onChange();
  }

  showSync() {
    const advice = this.isOwn ? noCalendarAdvice(this.account) : '';
    this.sync.show(this.account, this.hasNoCalendar ? advice : null);
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
      this.onChange();
      if (!isUnderWay(sync)) {
        this.stopFollowing = null;
        this.onSyncEnded();
      } else if (hasNewCalendars(before, sync.progress) && Date.now() - this.loadedAt > RELOAD_MS)
        this.loadContents();
    });
  }

  async onSyncEnded() {
    await this.reload();
    if (!this.syncFollows) return;
    this.syncFollows = false;
    if (!isUnderWay(this.account.sync))
      this.nextSyncTimer = setTimeout(() => this.reload(), NEXT_SYNC_MS);
  }

  /** Loads the account, its calendars and its events again. */
  async reload() {
    try {
      if (!this.update(await client.getAccount({ path: { accountId: this.account.id } })))
        this.loadContents();
    } catch (error) {
      if (error instanceof Problem && error.status === 404) this.onGone();
      else showProblem(this.parts.problem, error, () => this.reload());
    }
  }

  /** @param {import('./api.js').Calendar[]} calendars */
  onCalendarsShown(calendars) {
    this.calendarCount = calendars.length;
    this.isCounted = !isUnderWay(this.account.sync);
    this.agenda?.setCalendars(calendars);
    this.showStatus();
  }

  loadContents() {
    if (!this.parts.more.open) return;
    this.loadedAt = Date.now();
    this.calendars.load();
    const { sync, lastSyncedAt } = this.account;
    this.agenda?.load({ moreMayCome: isUnderWay(sync) || lastSyncedAt === null });
  }

  async syncNow() {
    setWaiting(this.parts.syncButton, true);
    try {
      const { state } = await client.startSync({ path: { accountId: this.account.id }, body: {} });
      fill(this.parts.problem);
      this.expectSync(state);
    } catch (error) {
      setWaiting(this.parts.syncButton, false);
      // The status says then what has to be done, and by whom.
      if (error instanceof Problem && error.code === 'reauthorization_required')
        return void this.reload();
      showProblem(this.parts.problem, error, () => this.syncNow());
      if (error instanceof Problem && error.retryAfter !== null) this.waitToRetry(error.retryAfter);
    }
  }

  /** The service has queued a sync or joined one. Follows it. @param {SyncState} state */
  expectSync(state) {
    if (!isUnderWay(this.account.sync)) {
      const progress = { calendarsDone: 0, calendarsTotal: 0, eventsSeen: 0 };
      const { sync } = this.account;
      const begun = { state, phase: null, trigger: 'manual', progress, error: null };
      this.account = { ...this.account, sync: { ...sync, ...begun } };
    }
    this.showSync();
    this.follow();
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
   * The service has already queued the sync of a calendar that was ticked. If a sync is running,
   * another one may follow it. The events of a calendar that was unticked are deleted already.
   * @param {boolean} selected
   */
  onCalendarChosen(selected) {
    if (!selected) this.agenda?.load({ moreMayCome: isUnderWay(this.account.sync) });
    else if (this.account.status === 'connected') {
      this.syncFollows = isUnderWay(this.account.sync);
      this.expectSync('queued');
    }
  }

  /** Marks the account that was just connected. */
  highlight() {
    this.parts.more.open = true;
    this.element.classList.add('fresh');
    this.element.firstElementChild?.scrollIntoView({ block: 'nearest' });
  }

  close() {
    this.stopFollowing?.();
    clearTimeout(this.nextSyncTimer);
    clearTimeout(this.retryTimer);
    this.element.remove();
  }
}
