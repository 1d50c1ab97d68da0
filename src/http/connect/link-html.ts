// The words of the hosted connect page: for whom, to which product, and how it went.

import type { OpenLink } from '../../accounts/connect-link-store.js';
import { ERRORS, type ErrorCode } from '../../errors.js';
import type { Provider } from '../../providers/provider.js';
import type { HostedPage } from '../hosted-page.js';
import { escapeHtml } from '../html.js';
import type { Product } from '../product.js';

/** What the connect page shows. */
export interface LinkView {
  readonly product: Product;
  readonly link: OpenLink;
  /** The providers to choose from. */
  readonly providers: readonly Provider[];
  /** The address of the account to reconnect; null for a new one. */
  readonly reconnect: string | null;
  /** Where the form of a provider goes. */
  readonly action: (provider: Provider) => string;
  /** How the last try ended. */
  readonly error: ErrorCode | null;
}

/** The page of a link that can be used. */
export function linkPage(view: LinkView): HostedPage {
  const { product, link, providers, reconnect, action, error } = view;
  const title = reconnect === null ? 'Connect a calendar' : 'Reconnect a calendar';
  const whose = link.userLabel ?? link.userId;
  const buttons = providers.map(
    (provider) => `<form method="post" action="${escapeHtml(action(provider))}">
<button class="product-button large">Continue with ${escapeHtml(provider.name)}</button>
</form>`,
  );
  return {
    status: 200,
    title,
    main: `${trouble(error)}<h1>${title}</h1>
<p>You were sent this link to give access to a calendar. It works for one person and one product:</p>
<dl class="facts">
<dt>Your calendar will be connected to the account of</dt>
<dd>${escapeHtml(whose)}</dd>
<dt>at</dt>
<dd>${escapeHtml(product.name)}</dd>
${reconnect === null ? '' : `<dt>The calendar account to choose</dt>\n<dd>${escapeHtml(reconnect)}</dd>\n`}</dl>
<p>Your events will be seen there. <strong>If this is not your account, and you do not want to share
your calendar with it, close this page.</strong></p>
<div class="choices">
${buttons.join('\n')}
</div>
<p class="soft small">You choose the account and confirm on the next page.</p>`,
  };
}

function trouble(error: ErrorCode | null): string {
  if (error === null) return '';
  return `<p class="trouble" role="alert">${escapeHtml(ERRORS[error].detail)}</p>\n`;
}

/** The page after a success. */
export function donePage({ name }: Pick<Provider, 'name'>, product: Product): HostedPage {
  return {
    status: 200,
    title: 'Calendar connected',
    main: `<h1>Your ${escapeHtml(name)} calendar is connected</h1>
<p>${escapeHtml(product.name)} is reading it now. You can close this page.</p>`,
  };
}

/** The page of a link that cannot be used, or of a request that was refused. */
export function troublePage(code: ErrorCode, detail: string, retry: string | null): HostedPage {
  const { title, status } = ERRORS[code];
  const again = retry === null ? '' : `\n<p><a href="${escapeHtml(retry)}">Try again</a></p>`;
  return {
    status,
    title,
    main: `<h1>${escapeHtml(title)}</h1>\n<p>${escapeHtml(detail)}</p>${again}`,
  };
}
