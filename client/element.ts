// What both elements share: their client, their words, their events.

import { type Account, CalendarConnectError, type Client, createClient } from './client.js';
import { type ConnectResult, keepResult, takeResult } from './connect-result.js';
import { type Messages, messagesOf } from './element-messages.js';
import { elementStyle } from './element-style.js';

/** On a server there are no elements. The classes can be imported there, and do nothing. */
const Base: typeof HTMLElement =
  globalThis.HTMLElement ?? (class {} as unknown as typeof HTMLElement);

/** A token, or a function that returns one for each request. */
export type ElementToken = string | null | (() => string | null | Promise<string | null>);

const SHARED = ['base-url', 'token-url', 'access', 'return-to', 'lang'];

/** The base of the elements. */
export abstract class CalendarConnectElement extends Base {
  static readonly observedAttributes: readonly string[] = SHARED;

  private ownToken: ElementToken = null;
  private ownClient: Client | null = null;
  private made: Client | null = null;
  private waiting: ReturnType<typeof setTimeout> | undefined;

  /**
   * Sent as a bearer token. Null: that of `token-url`, else the cookies of the user. Set it as a
   * property.
   */
  get token(): ElementToken {
    return this.ownToken;
  }
  set token(token: ElementToken) {
    this.ownToken = token;
    this.made = null;
    this.refresh();
  }

  /** A client of your own, in place of `base-url` and `token`. */
  get client(): Client {
    if (this.ownClient !== null) return this.ownClient;
    this.made ??= createClient({
      baseUrl: this.getAttribute('base-url') ?? '/integrations',
      token: this.ownToken ?? this.tokenOfPage,
      // The answer of the start sets a cookie, which binds the attempt to this browser.
      credentials: 'include',
    });
    return this.made;
  }
  set client(client: Client | null) {
    this.ownClient = client;
    this.refresh();
  }

  /** The token that the page's own server gives: the text of `token-url`. */
  private readonly tokenOfPage = async (): Promise<string | null> => {
    const url = this.getAttribute('token-url');
    if (url === null) return null;
    const response = await fetch(url, { cache: 'no-store' });
    return response.ok ? (await response.text()).trim() || null : null;
  };

  connectedCallback(): void {
    // A property that was set before the element was defined hides the setter.
    for (const name of ['token', 'client'] as const) {
      if (!Object.hasOwn(this, name)) continue;
      const value = this[name];
      delete (this as Partial<CalendarConnectElement>)[name];
      Object.assign(this, { [name]: value });
    }
    if (this.shadowRoot === null) {
      const root = this.attachShadow({ mode: 'open', delegatesFocus: true });
      root.adoptedStyleSheets = [elementStyle()];
      this.build(root);
    }
    this.refresh();
  }

  attributeChangedCallback(name: string): void {
    if (name === 'base-url') this.made = null;
    this.refresh();
  }

  /** Makes what stays in the element. */
  protected abstract build(root: ShadowRoot): void;
  /** Shows what depends on attributes and language. */
  protected abstract render(): void;
  /** The work with the service, also after a change of an attribute or property. */
  protected abstract begin(): Promise<void>;

  /**
   * Shows the element, and starts its work a moment later: by then a script has set all attributes
   * and properties.
   */
  private refresh(): void {
    if (this.shadowRoot === null || !this.isConnected) return;
    this.render();
    clearTimeout(this.waiting);
    this.waiting = setTimeout(() => {
      if (this.isConnected) void this.begin();
    });
  }

  /** The texts, in the language of the element or of the nearest ancestor that has one. */
  protected get messages(): Messages {
    return messagesOf(this.language);
  }

  protected get language(): string {
    const { lang } = this.closest<HTMLElement>('[lang]') ?? document.documentElement;
    return lang || 'en';
  }

  protected providerName(id: string): string {
    return this.messages.providers[id] ?? id;
  }

  /** How people know an account. */
  protected accountName({ email, displayName, provider }: Account): string {
    return email ?? displayName ?? this.providerName(provider);
  }

  /** The text of a failure, in the page's language where it has one. */
  protected textOf({ code, detail }: CalendarConnectError): string {
    return this.messages.errors[code] ?? detail;
  }

  /** Dispatches `connected`, `disconnected` or another event that ancestors may hear. */
  protected tell(name: string, detail: object): void {
    this.dispatchEvent(new CustomEvent(name, { detail, bubbles: true, composed: true }));
  }

  /**
   * Dispatches `error`, which does not bubble: `window` has an event of that name.
   * @param error anything that was thrown; what is no CalendarConnectError is thrown on
   */
  protected tellError(error: unknown, provider: string | null = null): CalendarConnectError {
    if (!(error instanceof CalendarConnectError)) throw error;
    this.dispatchEvent(new CustomEvent('error', { detail: { code: error.code, provider, error } }));
    return error;
  }

  /**
   * Finishes a connection from which the browser has just returned, once for the page.
   * @param provider only of this one; null: of any
   * @returns the account, the failure, or null where there is nothing to finish
   */
  protected async finish(
    provider: string | null,
  ): Promise<{ account: Account } | { failure: CalendarConnectError } | null> {
    const result = takeResult(provider);
    if (result === null) return null;
    try {
      const account = await this.accountOf(result);
      this.tell('connected', { account });
      return { account };
    } catch (error) {
      const isForged = result.status === 'success' && isNotFound(error);
      if (isForged) return null;
      // A framework may set the token later.
      if (error instanceof CalendarConnectError && error.code === 'unauthenticated')
        keepResult(result);
      return { failure: this.tellError(error, result.provider) };
    }
  }

  private accountOf({ status, accountId, ticket, error }: ConnectResult): Promise<Account> {
    if (status === 'success' && accountId !== null)
      return this.client.getAccount({ path: { accountId } });
    if (status === 'pending' && ticket !== null)
      return this.client.completeConnection({ body: { ticket } });
    const code = error ?? 'server_error';
    const { errors } = this.messages;
    throw new CalendarConnectError({ code, detail: errors[code] ?? errors['other'] ?? code });
  }

  /**
   * Begins a connection: the browser leaves for the provider.
   * @returns false where the page cancelled the event
   * @throws CalendarConnectError
   */
  protected async start(provider: string, accountId?: string): Promise<boolean> {
    const { url } = await this.client.getAuthorizationUrl({
      path: { provider },
      query: {
        accountId,
        access: accessOf(this.getAttribute('access')),
        returnTo: this.getAttribute('return-to') ?? undefined,
        loginHint: this.getAttribute('login-hint') ?? undefined,
      },
    });
    const connecting = new CustomEvent('connecting', {
      detail: { provider, url },
      bubbles: true,
      composed: true,
      cancelable: true,
    });
    const isGoing = this.dispatchEvent(connecting);
    if (isGoing) location.assign(url);
    return isGoing;
  }
}

/** Anyone can make a link that names an account of someone else, or none. */
const isNotFound = (error: unknown): boolean =>
  error instanceof CalendarConnectError && error.status === 404;

const accessOf = (value: string | null): 'read' | 'write' | undefined =>
  value === 'read' || value === 'write' ? value : undefined;
