// The list of connected accounts: the user's own, or all of them with filters for an admin.

import { AccountCard } from './account-card.js';
import { call, query } from './api.js';
import { fill, isWaiting, make, setWaiting } from './dom.js';
import { showProblem } from './notices.js';
import { TEXT } from './words.js';

const PAGE_SIZE = 50;
const MAX_PAGE_SIZE = 200;
/** With at most this many accounts, a user's cards start open. */
const MAX_OPEN = 3;

const STATUSES = [
  ['', TEXT.filters.anyStatus],
  ['connected', TEXT.status.connected],
  ['reauthorization_required', TEXT.status.reconnectNeeded],
  ['disconnecting', TEXT.status.disconnecting],
];

/** @typedef {import('./api.js').Account} Account */

/** Shows the accounts as cards, and keeps the cards up to date. */
export class AccountList {
  /**
   * @param {import('./session.js').Session} session
   * @param {import('./api.js').Provider[]} providers
   */
  constructor(session, providers) {
    this.session = session;
    this.names = new Map(providers.map(({ id, name }) => [id, name]));
    /** @type {Map<string, AccountCard>} */
    this.cards = new Map();
    /** @type {string | null} */
    this.nextCursor = null;
    this.filter = { userId: '', provider: '', status: '' };
    /** Counts the loads, so that the response of an earlier load is ignored. */
    this.loads = 0;
    this.list = make('div.cards');
    this.empty = make('p.empty.soft', { hidden: true });
    this.problem = make('div');
    this.more = /** @type {HTMLButtonElement} */ (
      make(
        'button',
        { type: 'button', hidden: true, onclick: () => this.showMore() },
        TEXT.accounts.showMore,
      )
    );
    this.element = make(
      'section',
      { 'aria-label': TEXT.accounts.title },
      session.admin && this.filters(),
      this.list,
      this.empty,
      this.problem,
      this.more,
    );
  }

  filters() {
    const change =
      (/** @type {'provider' | 'status'} */ name) =>
      (/** @type {Event} */ { target }) => {
        this.filter[name] = /** @type {HTMLSelectElement} */ (target).value;
        this.load();
      };
    const option = (/** @type {string[]} */ [value = '', text = '']) =>
      make('option', { value }, text);
    const mine = /** @type {HTMLInputElement} */ (
      make('input', {
        type: 'checkbox',
        onchange: () => {
          this.filter.userId = mine.checked ? 'me' : '';
          this.load();
        },
      })
    );
    return make(
      'div.filters',
      { role: 'group', 'aria-label': TEXT.filters.label },
      make(
        'label',
        {},
        make('span.unseen', {}, TEXT.filters.provider),
        make(
          'select',
          { onchange: change('provider') },
          ...[['', TEXT.filters.anyProvider], ...this.names].map(option),
        ),
      ),
      make(
        'label',
        {},
        make('span.unseen', {}, TEXT.filters.status),
        make('select', { onchange: change('status') }, ...STATUSES.map(option)),
      ),
      make('label.tick', {}, mine, TEXT.filters.mineOnly),
    );
  }

  /** Reads again the accounts that are shown. @throws {import('./api.js').Problem} if `rethrow` */
  async load({ rethrow = false } = {}) {
    const load = ++this.loads;
    try {
      const limit = Math.min(MAX_PAGE_SIZE, Math.max(PAGE_SIZE, this.cards.size));
      const page = await call('GET', `/accounts${query({ ...this.filter, limit })}`);
      if (load !== this.loads) return;
      fill(this.problem);
      this.show(page.data);
      this.nextCursor = page.nextCursor;
      this.showEdges();
    } catch (error) {
      if (load !== this.loads) return;
      if (rethrow) throw error;
      showProblem(this.problem, error, () => this.load());
    }
  }

  async showMore() {
    if (isWaiting(this.more)) return;
    setWaiting(this.more, true);
    const load = this.loads;
    try {
      const page = await call(
        'GET',
        `/accounts${query({ ...this.filter, limit: PAGE_SIZE, cursor: this.nextCursor })}`,
      );
      if (load !== this.loads) return;
      const first = this.show(
        [...[...this.cards.values()].map(({ account }) => account), ...page.data],
        this.cards.size,
      );
      this.nextCursor = page.nextCursor;
      this.showEdges();
      first?.element.focus();
    } catch (error) {
      showProblem(this.problem, error, () => this.showMore());
    } finally {
      setWaiting(this.more, false);
    }
  }

  showEdges() {
    this.more.hidden = this.nextCursor === null;
    this.empty.hidden = this.cards.size > 0;
    const filtered = Object.values(this.filter).some((value) => value !== '');
    this.empty.textContent = filtered
      ? TEXT.accounts.noneMatch
      : this.session.admin
        ? TEXT.accounts.noneOfAnyone
        : TEXT.accounts.none;
  }

  /**
   * Shows these accounts. A card that exists already is moved only if needed, so that it keeps the
   * focus and stays open.
   * @param {Account[]} accounts
   * @param {number} [at]
   * @returns {AccountCard | undefined} the card at position `at`
   */
  show(accounts, at = -1) {
    const wanted = new Map(accounts.map((account) => [account.id, account]));
    for (const [id, card] of this.cards) if (!wanted.has(id)) this.drop(id, card);
    /** @type {Map<string, AccountCard>} */
    const cards = new Map();
    for (const account of wanted.values()) {
      const known = this.cards.get(account.id);
      known?.update(account);
      cards.set(account.id, known ?? this.card(account, wanted.size));
    }
    this.cards = cards;
    const inOrder = [...cards.values()];
    for (const [index, { element }] of inOrder.entries())
      if (this.list.children[index] !== element)
        this.list.insertBefore(element, this.list.children[index] ?? null);
    return inOrder[at];
  }

  /** @param {Account} account @param {number} total how many accounts are shown */
  card(account, total) {
    const { admin, userId } = this.session;
    const isOwn = !admin || account.userId === userId;
    return new AccountCard(account, {
      providerName: this.names.get(account.provider) ?? account.provider,
      isOwn,
      showOwner: admin,
      isOpen: !admin && total <= MAX_OPEN,
      onGone: () => {
        const card = this.cards.get(account.id);
        if (card !== undefined) this.drop(account.id, card);
        this.showEdges();
      },
    });
  }

  /** @param {string} id @param {AccountCard} card */
  drop(id, card) {
    card.close();
    this.cards.delete(id);
  }

  /** @param {string} accountId @returns {boolean} whether the account is in the list */
  highlight(accountId) {
    const card = this.cards.get(accountId);
    card?.highlight();
    return card !== undefined;
  }

  /** Reads the list again, unless it is longer than one page of the API. */
  async refresh() {
    if (this.cards.size <= MAX_PAGE_SIZE) await this.load({ rethrow: true });
  }

  /** Updates the relative times ("5 minutes ago"). */
  tick() {
    for (const card of this.cards.values()) card.showSync();
  }

  close() {
    this.loads += 1;
    for (const [id, card] of this.cards) this.drop(id, card);
  }
}
