// `<calendar-connect-button>`: a button that connects or reconnects one account.

import { CalendarConnectElement } from './element.js';
import { fillIn } from './element-messages.js';
import { make } from './make.js';

/**
 * A button that begins a connection, and tells the page what it came to.
 *
 * Attributes: `provider` (needed), `base-url` (`/integrations`), `token-url`, `account-id` (reconnects this
 * account), `access` (`read` or `write`), `return-to`, `login-hint`, `label` (the accessible name),
 * `lang`. Properties: `token`, `client`. Slots: the text; `icon`. Parts: `button`, `error`.
 * Events: `connecting` (cancelable), `connected` `{account}`, `error` `{code, provider, error}`.
 */
export class CalendarConnectButton extends CalendarConnectElement {
  static override readonly observedAttributes = [
    ...CalendarConnectElement.observedAttributes,
    'provider',
    'account-id',
    'label',
  ];

  private button: HTMLButtonElement | null = null;
  private text: HTMLElement | null = null;
  private error: HTMLElement | null = null;
  private isStarting = false;

  override connectedCallback(): void {
    super.connectedCallback();
    window.addEventListener('pageshow', this.free);
  }

  disconnectedCallback(): void {
    window.removeEventListener('pageshow', this.free);
  }

  override focus(options?: FocusOptions): void {
    this.button?.focus(options);
  }

  override click(): void {
    this.button?.click();
  }

  protected build(root: ShadowRoot): void {
    this.text = make('span');
    const slot = make('slot');
    // Spaces between tags are content of a slot too: a fallback of its own would never be shown.
    slot.addEventListener('slotchange', () => {
      if (this.text !== null) this.text.hidden = slot.assignedNodes().some(isContent);
    });
    this.button = make(
      'button',
      {
        type: 'button',
        className: 'main',
        onclick: () => this.press(),
        attributes: { part: 'button' },
      },
      make('slot', { name: 'icon' }),
      this.text,
      slot,
    );
    this.error = make('div', { className: 'error', attributes: { part: 'error', role: 'alert' } });
    root.append(this.button, this.error);
  }

  protected async begin(): Promise<void> {
    const end = await this.finish(this.provider);
    if (end !== null && 'failure' in end) this.show(this.textOf(end.failure));
  }

  protected render(): void {
    const { messages, provider, button, text } = this;
    if (button === null || text === null) return;
    const words = this.hasAttribute('account-id') ? messages.reconnect : messages.connect;
    text.textContent = fillIn(words, { provider: this.providerName(provider) });
    const label = this.getAttribute('label');
    if (label === null) button.removeAttribute('aria-label');
    else button.setAttribute('aria-label', label);
  }

  private get provider(): string {
    return this.getAttribute('provider') ?? '';
  }

  private show(text: string): void {
    if (this.error !== null) this.error.textContent = text;
  }

  /** Also when the browser has come back by its back button. */
  private readonly free = (): void => {
    this.isStarting = false;
    this.button?.removeAttribute('aria-disabled');
  };

  private async press(): Promise<void> {
    if (this.isStarting) return;
    this.isStarting = true;
    this.button?.setAttribute('aria-disabled', 'true');
    this.show('');
    try {
      const isGoing = await this.start(this.provider, this.getAttribute('account-id') ?? undefined);
      if (!isGoing) this.free();
    } catch (error) {
      this.free();
      this.show(this.textOf(this.tellError(error, this.provider)));
    }
  }
}

const isContent = ({ textContent }: Node): boolean => textContent?.trim() !== '';
