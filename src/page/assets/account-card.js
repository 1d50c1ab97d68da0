// One connected account: whose it is, how it does, what can be done with it, and what is in it.

import { Agenda } from './agenda.js';
import { call, connectAddress, Problem } from './api.js';
import { CalendarList } from './calendar-list.js';
import { askToDisconnect } from './disconnect.js';
import { fill, hold, isHeld, make, monogram, say } from './dom.js';
import { followSync, isUnderWay } from './follow-sync.js';
import { showProblem } from './notices.js';
import { SyncLine } from './sync-line.js';
import { statusWords } from './words.js';

/** While a sync goes on, what it has found so far is shown, at most this often. */
const PEEK_MS = 400;
/** Boxes ticked one after the other make one sync. */
const TICKING_MS = 900;

/** @typedef {import('./api.js').Account} Account */

export class AccountCard {
  /**
   * @param {Account} account
   * @param {{ providerName: string, isOwn: boolean, showOwner: boolean, isOpen: boolean, onGone: () => void }} circumstances
   */
  constructor(account, { providerName, isOwn, showOwner, isOpen, onGone }) {
    this.account = account;
    this.providerName = providerName;
    this.onGone = onGone;
    this.isOwn = isOwn;
    /** @type {(() => void) | null} */
    this.stopFollowing = null;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.ticking = undefined;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.resting = undefined;
    this.wantsAnother = false;
    this.peekedAt = 0;
    this.calendars = new CalendarList(account.id, {
      mayChoose: isOwn,
      onShown: (calendars) => this.agenda?.know(calendars),
      onChosen: ({ selected }) => this.chosen(selected),
    });
    this.agenda = isOwn ? new Agenda(account.id) : null;

    const nameId = `name-${account.id}`;
    this.name = make('h2.account-name', { id: nameId });
    this.address = make('p.account-address.soft');
    this.status = make('p.status', { 'aria-live': 'polite' });
    this.sync = new SyncLine();
    this.problem = make('div');
    this.syncButton = make('button', { type: 'button', onclick: () => this.pressed() }, 'Sync now');
    this.reconnect = make(
      'a.button.primary',
      { href: connectAddress(account.provider, account.id), hidden: true },
      'Reconnect',
    );
    this.disconnect = make(
      'button.quiet',
      { type: 'button', onclick: () => askToDisconnect(this.account, providerName, onGone) },
      'Disconnect',
    );
    this.more = /** @type {HTMLDetailsElement} */ (
      make(
        'details.account-more',
        { ontoggle: () => this.more.open && this.loadContents() },
        make('summary', {}, isOwn ? 'Calendars and coming events' : 'Calendars'),
        make('div.account-contents', {}, this.calendars.element, this.agenda?.element),
      )
    );
    if (!isOwn)
      this.calendars.element.append(
        make('p.small.soft', {}, 'Only their owner chooses calendars and sees events.'),
      );
    this.element = make(
      'article.card.account',
      { 'aria-labelledby': nameId, 'data-account': account.id, tabindex: '-1' },
      make(
        'header.account-head',
        {},
        monogram(account.provider, providerName),
        make(
          'div.account-who',
          {},
          this.name,
          this.address,
          showOwner && make('p.small', {}, 'Belongs to ', make('code', {}, account.userId)),
        ),
        this.status,
      ),
      make(
        'div.account-now',
        {},
        this.sync.element,
        make('div.account-actions', {}, this.reconnect, this.syncButton, this.disconnect),
      ),
      this.problem,
      this.more,
    );
    this.update(account);
    this.more.open = isOpen;
  }

  /** @param {Account} account what the API says of it now @returns {boolean} whether its contents are being read again */
  update(account) {
    const syncedBefore = this.account.lastSyncedAt;
    this.account = account;
    const { displayName, email, status } = account;
    say(this.name, displayName ?? email ?? this.providerName);
    say(
      this.address,
      [displayName === null ? null : email, this.providerName].filter(Boolean).join(' · '),
    );
    say(this.status, statusWords(account));
    this.status.dataset['status'] = status;
    this.reconnect.hidden = status !== 'reauthorization_required' || !this.isOwn;
    this.syncButton.hidden = status !== 'connected';
    this.disconnect.hidden = status === 'disconnecting';
    this.showSync();
    if (isUnderWay(account.sync)) this.follow();
    const isNew = !isUnderWay(account.sync) && account.lastSyncedAt !== syncedBefore;
    if (isNew) this.loadContents();
    return isNew;
  }

  showSync() {
    this.sync.show(this.account);
    hold(this.syncButton, this.resting !== undefined || isUnderWay(this.account.sync));
  }

  follow() {
    this.stopFollowing ??= followSync(this.account.id, (sync) => {
      if (sync === null) return this.onGone();
      const before = this.account.sync.progress;
      this.account = { ...this.account, sync };
      this.showSync();
      if (!isUnderWay(sync)) {
        this.stopFollowing = null;
        this.ended();
      } else if (hasMoreToShow(before, sync.progress) && Date.now() - this.peekedAt > PEEK_MS)
        this.loadContents();
    });
  }

  async ended() {
    await this.reload();
    if (!this.wantsAnother) return;
    this.wantsAnother = false;
    this.syncNow();
  }

  /** Reads the account again, and what is in it. */
  async reload() {
    try {
      if (!this.update(await call('GET', `/accounts/${this.account.id}`))) this.loadContents();
    } catch (error) {
      if (error instanceof Problem && error.status === 404) this.onGone();
      else showProblem(this.problem, error, () => this.reload());
    }
  }

  loadContents() {
    if (!this.more.open) return;
    this.peekedAt = Date.now();
    this.calendars.load();
    this.agenda?.load({ moreMayCome: isUnderWay(this.account.sync) });
  }

  pressed() {
    if (!isHeld(this.syncButton)) this.syncNow();
  }

  async syncNow() {
    hold(this.syncButton, true);
    try {
      const { state } = await call('POST', `/sync/${this.account.id}`, { body: {} });
      fill(this.problem);
      const progress = isUnderWay(this.account.sync)
        ? this.account.sync.progress
        : { calendarsDone: 0, calendarsTotal: 0, eventsSeen: 0 };
      this.account = { ...this.account, sync: { state, phase: null, progress, error: null } };
      this.showSync();
      this.follow();
    } catch (error) {
      hold(this.syncButton, false);
      showProblem(this.problem, error, () => this.syncNow());
      if (error instanceof Problem && error.retryAfterSeconds !== null)
        this.rest(error.retryAfterSeconds);
      if (error instanceof Problem && error.code === 'reauthorization_required') this.reload();
    }
  }

  /** Too many requests: the button waits as long as the service asks. @param {number} seconds */
  rest(seconds) {
    hold(this.syncButton, true);
    clearTimeout(this.resting);
    this.resting = setTimeout(() => {
      this.resting = undefined;
      fill(this.problem);
      this.showSync();
    }, seconds * 1_000);
  }

  /**
   * A calendar that is newly ticked is read at once, after the run under way if there is one, which may have passed it
   * by; one that is no longer ticked has been forgotten already.
   * @param {boolean} selected
   */
  chosen(selected) {
    if (!selected) this.agenda?.load({ moreMayCome: false });
    else if (isUnderWay(this.account.sync)) this.wantsAnother = true;
    else {
      clearTimeout(this.ticking);
      this.ticking = setTimeout(() => this.syncNow(), TICKING_MS);
    }
  }

  /** Shows that this is the one just connected. */
  highlight() {
    this.more.open = true;
    this.element.classList.add('fresh');
    this.element.firstElementChild?.scrollIntoView({ block: 'nearest' });
  }

  close() {
    this.stopFollowing?.();
    clearTimeout(this.ticking);
    clearTimeout(this.resting);
    this.element.remove();
  }
}

/** @typedef {import('./api.js').Progress} Progress @param {Progress} before @param {Progress} now */
const hasMoreToShow = (before, now) =>
  before.calendarsTotal !== now.calendarsTotal || before.calendarsDone !== now.calendarsDone;
