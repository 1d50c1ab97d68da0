// The connected accounts: one's own, or everyone's for an admin, who can narrow them down.

import { AccountCard } from './account-card.js';
import { call, query } from './api.js';
import { fill, hold, isHeld, make } from './dom.js';
import { showProblem } from './notices.js';

const PAGE = 50;
const MOST_AT_ONCE = 200;
/** A user with a few accounts sees what is in them at once. */
const FEW = 3;

const STATUSES = [
  ['', 'Any status'],
  ['connected', 'Connected'],
  ['reauthorization_required', 'Reconnect needed'],
  ['disconnecting', 'Disconnecting'],
];

/** @typedef {import('./api.js').Account} Account */

export class AccountList {
  /** @param {import('./session.js').Somebody} somebody @param {import('./api.js').Provider[]} providers */
  constructor(somebody, providers) {
    this.somebody = somebody;
    this.names = new Map(providers.map(({ id, name }) => [id, name]));
    /** @type {Map<string, AccountCard>} */
    this.cards = new Map();
    /** @type {string | null} */
    this.nextCursor = null;
    this.filter = { userId: '', provider: '', status: '' };
    this.readings = 0;
    this.list = make('div.cards');
    this.empty = make('p.empty.soft', { hidden: true });
    this.problem = make('div');
    this.more = /** @type {HTMLButtonElement} */ (
      make(
        'button',
        { type: 'button', hidden: true, onclick: () => this.showMore() },
        'Show more accounts',
      )
    );
    this.element = make(
      'section',
      { 'aria-label': 'Connected accounts' },
      somebody.admin && this.filters(),
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
      { role: 'group', 'aria-label': 'Narrow down the accounts' },
      make(
        'label',
        {},
        make('span.unseen', {}, 'Provider'),
        make(
          'select',
          { onchange: change('provider') },
          ...[['', 'Any provider'], ...this.names].map(option),
        ),
      ),
      make(
        'label',
        {},
        make('span.unseen', {}, 'Status'),
        make('select', { onchange: change('status') }, ...STATUSES.map(option)),
      ),
      make('label.tick', {}, mine, 'Mine only'),
    );
  }

  /** Reads the list again from the start, as far as it is shown. @throws {import('./api.js').Problem} where `rethrow` */
  async load({ rethrow = false } = {}) {
    const reading = ++this.readings;
    try {
      const limit = Math.min(MOST_AT_ONCE, Math.max(PAGE, this.cards.size));
      const page = await call('GET', `/accounts${query({ ...this.filter, limit })}`);
      if (reading !== this.readings) return;
      fill(this.problem);
      this.show(page.data);
      this.nextCursor = page.nextCursor;
      this.showEdges();
    } catch (error) {
      if (reading !== this.readings) return;
      if (rethrow) throw error;
      showProblem(this.problem, error, () => this.load());
    }
  }

  async showMore() {
    if (isHeld(this.more)) return;
    hold(this.more, true);
    const reading = this.readings;
    try {
      const page = await call(
        'GET',
        `/accounts${query({ ...this.filter, limit: PAGE, cursor: this.nextCursor })}`,
      );
      if (reading !== this.readings) return;
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
      hold(this.more, false);
    }
  }

  showEdges() {
    this.more.hidden = this.nextCursor === null;
    this.empty.hidden = this.cards.size > 0;
    const narrowed = Object.values(this.filter).some((value) => value !== '');
    this.empty.textContent = narrowed
      ? 'No connected account is like that.'
      : this.somebody.admin
        ? 'Nobody has connected an account yet.'
        : 'No connected accounts yet. Choose a provider above: it asks for your consent, and you can disconnect at any time.';
  }

  /** Cards that stay keep their place in the document, and with it focus and what is open. @param {Account[]} accounts @param {number} [at]
   * @returns {AccountCard | undefined} the card at `at` */
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

  /** @param {Account} account @param {number} among */
  card(account, among) {
    const { admin, userId } = this.somebody;
    const isOwn = !admin || account.userId === userId;
    return new AccountCard(account, {
      providerName: this.names.get(account.provider) ?? account.provider,
      isOwn,
      showOwner: admin,
      isOpen: !admin && among <= FEW,
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

  /** @param {string} accountId @returns {boolean} whether it is among those shown */
  highlight(accountId) {
    const card = this.cards.get(accountId);
    card?.highlight();
    return card !== undefined;
  }

  /** Reads it again for what has changed without this page, unless more is shown than one reading brings. */
  async refresh() {
    if (this.cards.size <= MOST_AT_ONCE) await this.load({ rethrow: true });
  }

  /** Times are told relative to now, which moves. */
  tick() {
    for (const card of this.cards.values()) card.showSync();
  }

  close() {
    this.readings += 1;
    for (const [id, card] of this.cards) this.drop(id, card);
  }
}
