// `<calendar-connect-accounts>`: the user's accounts, with what they can do about them.

import { type AccountsView, accountRow, actionButton, isUnderWay } from './account-rows.js';
import type { Account, Provider } from './client.js';
import { CalendarConnectElement } from './element.js';
import { fillIn } from './element-messages.js';
import { make } from './make.js';

/** While calendars are read, the list is asked for again. */
const SYNCING_MS = 2_000;
const USUAL_MS = 60_000;

/**
 * The connected accounts of the user: their state, and buttons to reconnect, disconnect and connect.
 *
 * Attributes: `base-url` (`/integrations`), `token-url`, `access`, `return-to`, `lang`, `no-connect` (without
 * buttons to connect). Properties: `token`, `client`, `accounts` (read only). Method: `load()`.
 * Parts: `list`, `account`, `name`, `state`, `button`, `connect`, `notice`, `error`.
 * Events: `loaded` `{accounts}`, `connecting` (cancelable), `connected` `{account}`, `disconnected`
 * `{account, result}`, `error` `{code, provider, error}`.
 */
export class CalendarConnectAccounts extends CalendarConnectElement {
  static override readonly observedAttributes = [
    ...CalendarConnectElement.observedAttributes,
    'no-connect',
  ];

  private list: readonly Account[] | null = null;
  private providers: readonly Provider[] = [];
  private asked: string | null = null;
  private busy: string | null = null;
  private timer: ReturnType<typeof setTimeout> | undefined;
  /** Only the newest of several requests is shown. */
  private turn = 0;
  /** Why a connection has failed. It stays until the user does something. */
  private outcome = '';
  private content: HTMLElement | null = null;
  private notice: HTMLElement | null = null;
  private error: HTMLElement | null = null;

  /** What is shown now. Empty before it is loaded. */
  get accounts(): readonly Account[] {
    return this.list ?? [];
  }

  override connectedCallback(): void {
    super.connectedCallback();
    document.addEventListener('connected', this.welcome);
    document.addEventListener('visibilitychange', this.reload);
  }

  disconnectedCallback(): void {
    clearTimeout(this.timer);
    document.removeEventListener('connected', this.welcome);
    document.removeEventListener('visibilitychange', this.reload);
  }

  /** Reads the accounts again. */
  async load(): Promise<void> {
    clearTimeout(this.timer);
    this.turn += 1;
    const { turn, client } = this;
    try {
      const { data: providers } = await client.listProviders();
      const accounts: Account[] = [];
      const mine = client.pages.listAccounts({ query: { userId: 'me', limit: 200 } });
      for await (const account of mine) accounts.push(account);
      if (turn !== this.turn) return;
      this.providers = providers;
      this.list = accounts;
      this.show(this.outcome);
      this.render();
      this.tell('loaded', { accounts });
    } catch (error) {
      if (turn !== this.turn) return;
      this.fail(error, null, () => this.load());
    }
    const wait = this.accounts.some(isUnderWay) ? SYNCING_MS : USUAL_MS;
    if (this.isConnected) this.timer = setTimeout(this.reload, wait);
  }

  protected build(root: ShadowRoot): void {
    this.notice = make('p', {
      className: 'notice',
      attributes: { role: 'status', part: 'notice' },
    });
    this.error = make('div', { className: 'error', attributes: { role: 'alert', part: 'error' } });
    this.content = make('div', { className: 'root', tabIndex: -1 });
    root.append(make('div', { className: 'root' }, this.notice, this.error, this.content));
  }

  /** A result is finished first, so that the list already has its account. */
  protected async begin(): Promise<void> {
    const end = await this.finish(null);
    if (end !== null && 'account' in end) return; // `welcome` has heard of it
    // A user who is signed out has not failed: `load` says so.
    if (end !== null && end.failure.code !== 'unauthenticated')
      this.outcome = this.textOf(end.failure);
    await this.load();
  }

  /** Shows the accounts. The focus stays on the button that it is on. */
  protected render(): void {
    const { content, messages } = this;
    if (content === null) return;
    const focused = this.shadowRoot?.activeElement?.getAttribute('data-key') ?? null;
    const view = this.view();
    const text = this.list === null ? messages.loading : messages.noAccounts;
    const attributes = { 'aria-label': messages.accounts, part: 'list' };
    const rows = this.accounts.map((account) => accountRow(view, account));
    const isConnecting = !this.hasAttribute('no-connect') && this.list !== null;
    content.replaceChildren(
      rows.length > 0
        ? make('ul', { attributes }, ...rows)
        : make('p', { className: 'state', textContent: text, attributes: { part: 'state' } }),
      ...(isConnecting ? [this.connectButtons(view)] : []),
    );
    if (focused !== null) this.focusKey(focused);
  }

  /** Not while the page is hidden. */
  private readonly reload = (): void => {
    if (document.visibilityState === 'visible') void this.load();
  };

  /** Another element of the page has finished a connection, or this one. */
  private readonly welcome = (event: Event): void => {
    const { account } = (event as CustomEvent<{ account?: Account } | null>).detail ?? {};
    if (account === undefined) return; // an event of the page's own
    this.outcome = '';
    this.say(this.messages.connected, account);
    void this.load();
  };

  private view(): AccountsView {
    return {
      messages: this.messages,
      language: this.language,
      asked: this.asked,
      busy: this.busy,
      nameOf: (account) => this.accountName(account),
      providerName: (id) => this.providerName(id),
      reconnect: ({ id, provider }) => this.leave(provider, id),
      ask: (id, focus) => {
        this.asked = id;
        this.render();
        this.focusKey(focus);
      },
      disconnect: (account) => this.disconnect(account),
    };
  }

  private connectButtons(view: AccountsView): HTMLElement {
    const buttons = this.providers.map(({ id }) => {
      const text = fillIn(this.messages.connect, { provider: this.providerName(id) });
      return actionButton(view, text, `connect ${id}`, () => this.leave(id), { isMain: true });
    });
    return make('div', { className: 'connect', attributes: { part: 'connect' } }, ...buttons);
  }

  private focusKey(key: string): void {
    const found = this.content?.querySelector<HTMLElement>(`[data-key="${CSS.escape(key)}"]`);
    (found ?? this.content)?.focus();
  }

  private say(text: string, account: Account): void {
    const provider = this.providerName(account.provider);
    const filled = fillIn(text, { account: this.accountName(account), provider });
    if (this.notice !== null) this.notice.textContent = filled;
  }

  /** Shows a failure, or removes it. */
  private show(text: string, again: (() => void) | null = null): void {
    const { tryAgain } = this.messages;
    this.error?.replaceChildren(
      ...(text === '' ? [] : [make('p', { textContent: text })]),
      ...(again === null ? [] : [actionButton({ busy: null }, tryAgain, 'again', again)]),
    );
  }

  private fail(error: unknown, provider: string | null, again: (() => void) | null = null): void {
    const failure = this.tellError(error, provider);
    const canRepeat = failure.code === 'network' || failure.status >= 500;
    this.show(this.textOf(failure), canRepeat ? again : null);
  }

  private async disconnect(account: Account): Promise<void> {
    const { id, provider } = account;
    this.setBusy(`confirm ${id}`);
    try {
      const result = await this.client.disconnectAccount({ path: { accountId: id } });
      this.list = this.accounts.filter((one) => one.id !== id);
      this.show('');
      this.say(result.revoked ? this.messages.disconnected : this.messages.notRevoked, account);
      this.tell('disconnected', { account, result });
    } catch (error) {
      this.fail(error, provider);
    }
    this.asked = null;
    this.setBusy(null);
    this.content?.focus();
  }

  private async leave(provider: string, accountId?: string): Promise<void> {
    this.setBusy(accountId === undefined ? `connect ${provider}` : `reconnect ${accountId}`);
    this.show('');
    try {
      await this.start(provider, accountId);
    } catch (error) {
      this.fail(error, provider);
    }
    this.setBusy(null);
  }

  private setBusy(key: string | null): void {
    this.busy = key;
    this.outcome = '';
    this.render();
  }
}
