// The list of connected accounts: the user's own, or all of them with filters for an admin.

import { AccountCard } from './account-card.js';
import { accountFilters } from './account-filters.js';
import { inOrder, needsUser } from './account-state.js';
import { client } from './api.js';
import { fill, isWaiting, keepingFocus, make, setWaiting } from './dom.js';
import { showProblem } from './notices.js';
import { TEXT } from './words.js';

const PAGE_SIZE = 50;
const MAX_PAGE_SIZE = 200;
/** With at most this many accounts, a user's cards start open. */
const MAX_OPEN = 3;

/** @typedef {import('./api.js').Account} Account */

/** Shows the accounts as cards, those that need their user first, and keeps the cards up to date. */
export class AccountList {
  /**
   * @param {import('./session.js').Session} session
   * @param {import('./api.js').Provider[]} providers
   * @param {(list: AccountList) => void} onChange called when an account or its state has changed
   */
  constructor(session, providers, onChange) {
    this.session = session;
    this.onChange = onChange;
    this.names = new Map(providers.map(({ id, name }) => [id, name]));
    /** @type {Map<string, AccountCard>} */
    this.cards = new Map();
    /** @type {string | null} */
    this.nextCursor = null;
    this.filter = { userId: '', provider: '', status: '' };
    /** Counts the loads, so that the response of an earlier load is ignored. */
    this.loads = 0;
    this.isShowing = false;
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
      session.admin &&
        accountFilters(this.names, (change) => {
          Object.assign(this.filter, change);
          this.load();
        }),
      this.list,
      this.empty,
      this.problem,
      this.more,
    );
  }

  /** Reads again the accounts that are shown. @throws {import('./api.js').Problem} if `rethrow` */
  async load({ rethrow = false } = {}) {
    const load = ++this.loads;
    try {
      const limit = Math.min(MAX_PAGE_SIZE, Math.max(PAGE_SIZE, this.cards.size));
      const page = await this.read({ limit });
      // Those that need their user come first, also from later pages.
      const waiting =
        page.nextCursor === null || this.filter.status !== ''
          ? []
          : (await this.read({ status: 'reauthorization_required', limit: MAX_PAGE_SIZE })).data;
      if (load !== this.loads) return;
      fill(this.problem);
      this.show([...page.data, ...waiting.filter(needsUser)]);
      this.nextCursor = page.nextCursor;
      this.showEdges();
    } catch (error) {
      if (load !== this.loads) return;
      if (rethrow) throw error;
      showProblem(this.problem, error, () => this.load());
    }
  }

  /**
   * @param {Record<string, string | number | null>} options of the request, beside the filter
   * @returns {Promise<{ data: Account[], nextCursor: string | null }>}
   */
  read(options) {
    const filter = /** @type {import('./api.js').AccountFilter} */ (this.filter);
    return client.listAccounts({ query: { ...filter, ...options } });
  }

  async showMore() {
    if (isWaiting(this.more)) return;
    setWaiting(this.more, true);
    const load = this.loads;
    try {
      const page = await this.read({ limit: PAGE_SIZE, cursor: this.nextCursor });
      if (load !== this.loads) return;
      const first = page.data.find(({ id }) => !this.cards.has(id));
      this.show([...this.accounts(), ...page.data]);
      this.nextCursor = page.nextCursor;
      this.showEdges();
      this.cards.get(first?.id ?? '')?.element.focus();
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

  /** The accounts that are shown. */
  accounts() {
    return [...this.cards.values()].map(({ account }) => account);
  }

  /** The cards are put in order again if the change concerns it. */
  onCardChange() {
    const accounts = this.accounts();
    const isInOrder = inOrder(accounts).every((account, index) => account === accounts[index]);
    if (isInOrder || this.isShowing) this.onChange(this);
    else this.show(accounts);
  }

  /** The reader's own accounts that have to be reconnected. */
  waiting() {
    return [...this.cards.values()]
      .filter(({ isOwn, account }) => isOwn && needsUser(account))
      .map(({ account }) => account);
  }

  /**
   * Shows these accounts. A card that exists already is moved only if needed, and stays open.
   * @param {Account[]} accounts
   */
  show(accounts) {
    this.isShowing = true;
    const wanted = new Map(inOrder(accounts).map((account) => [account.id, account]));
    for (const [id, card] of this.cards) if (!wanted.has(id)) this.drop(id, card);
    /** @type {Map<string, AccountCard>} */
    const cards = new Map();
    for (const account of wanted.values()) {
      const known = this.cards.get(account.id);
      known?.update(account);
      cards.set(account.id, known ?? this.card(account, wanted.size));
    }
    this.cards = cards;
    keepingFocus(() => {
      for (const [index, { element }] of [...cards.values()].entries())
        if (this.list.children[index] !== element)
          this.list.insertBefore(element, this.list.children[index] ?? null);
    });
    this.isShowing = false;
    this.onChange(this);
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
      onChange: () => this.onCardChange(),
      onGone: () => {
        const card = this.cards.get(account.id);
        if (card !== undefined) this.drop(account.id, card);
        this.showEdges();
        this.onChange(this);
      },
    });
  }

  /** @param {string} id @param {AccountCard} card */
  drop(id, card) {
    card.close();
    this.cards.delete(id);
  }

  /** Shows an account that was just connected, and marks it. @param {Account} account */
  highlight(account) {
    if (!this.cards.has(account.id)) this.show([account, ...this.accounts()]);
    this.showEdges();
    this.cards.get(account.id)?.highlight();
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
