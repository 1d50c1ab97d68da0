/**
 * The consent pages: choose an account, allow access, and at Microsoft what an administrator and a
 * blocked user see. They use forms without scripts.
 */
import { escapeHtml, hiddenFields, layout } from '../wire/html.js';
import type { Account, Client } from '../world/state.js';

/** The fields that these pages add to the app's request. */
export const PAGE_FIELDS = ['sim_account', 'decision', 'granted'] as const;

const hiddenRequest = (request: URLSearchParams) => hiddenFields(request, PAGE_FIELDS);

/** The page "Choose an account". The account of `login_hint` is first and highlighted. */
export function accountChooser(
  client: Client,
  accounts: readonly Account[],
  request: URLSearchParams,
  hinted: Account | undefined,
): string {
  const sorted = [...accounts].sort((a, b) => Number(b === hinted) - Number(a === hinted));
  const rows = sorted.map(
    (account) => `<li><form method="post">${hiddenRequest(request)}
<button class="account${account === hinted ? ' hinted' : ''}" name="sim_account" value="${escapeHtml(account.id)}"${account === hinted ? ' autofocus' : ''}>
<span class="face" aria-hidden="true">${escapeHtml(account.givenName.charAt(0))}</span><span class="who"><b>${escapeHtml(account.name)}</b><span>${escapeHtml(account.email)}</span>${note(account)}</span></button></form></li>`,
  );
  return layout(
    client.provider,
    'Choose an account',
    `<h1>Choose an account</h1><p>to continue to <strong>${escapeHtml(client.name)}</strong></p>
<ul>${rows.join('')}</ul><form method="post" class="actions">${hiddenRequest(request)}<button name="decision" value="cancel">Cancel</button></form>`,
  );
}

function note(account: Account): string {
  const notes: string[] = [];
  if (account.noCalendar)
    notes.push(account.provider === 'google' ? 'has no calendar' : 'has no mailbox');
  if (account.provider === 'microsoft')
    notes.push(account.mail === null ? 'personal account' : 'work account');
  if (account.administrator) notes.push('administrator');
  return notes.length > 0 ? `<span>${notes.join(', ')}</span>` : '';
}

/** A scope on the consent page. */
export interface ConsentScope {
  scope: string;
  text: string;
  /** Whether the user can untick it. Google allows this for all but identity scopes. */
  optional: boolean;
}

/** The page on which the user allows or denies access. */
export function consentPage(
  client: Client,
  account: Account,
  scopes: readonly ConsentScope[],
  request: URLSearchParams,
): string {
  const rows = scopes.map(({ scope, text, optional }) => {
    const label = `<span>${escapeHtml(text)}<code>${escapeHtml(scope)}</code></span>`;
    const mark = optional
      ? `<input type="checkbox" name="granted" value="${escapeHtml(scope)}" checked>`
      : '<span class="tick" aria-hidden="true">&#10003;</span>';
    return optional
      ? `<li><label class="scope">${mark}${label}</label></li>`
      : `<li class="scope">${mark}${label}</li>`;
  });
  return layout(
    client.provider,
    'Allow access',
    `<h1>${escapeHtml(client.name)} wants access to your account</h1><p>${escapeHtml(account.name)}, ${escapeHtml(account.email)}</p>
<form method="post">${hiddenRequest(request)}<input type="hidden" name="sim_account" value="${escapeHtml(account.id)}">
<ul>${rows.join('')}</ul>
<div class="actions"><button name="decision" value="cancel">Cancel</button><button class="go" name="decision" value="allow">Continue</button></div></form>`,
  );
}

/** The page of an administrator, who consents for everyone of the organization. */
export function organizationPage(
  client: Client,
  account: Account,
  scopes: readonly Omit<ConsentScope, 'optional'>[],
  request: URLSearchParams,
): string {
  const rows = scopes.map(
    ({ scope, text }) =>
      `<li class="scope"><span class="tick" aria-hidden="true">&#10003;</span><span>${escapeHtml(text)}<code>${escapeHtml(scope)}</code></span></li>`,
  );
  return layout(
    client.provider,
    'Review for your organization',
    `<h1>Permissions requested</h1><p>Review for your organization</p><p>${escapeHtml(account.email)}</p>
<p><strong>${escapeHtml(client.name)}</strong> would like to, for all users of your organization:</p>
<form method="post">${hiddenRequest(request)}<input type="hidden" name="sim_account" value="${escapeHtml(account.id)}">
<ul>${rows.join('')}</ul>
<div class="actions"><button name="decision" value="cancel">Cancel</button><button class="go" name="decision" value="allow">Accept</button></div></form>`,
  );
}

/**
 * The page of a user who may not consent. @param mayAsk whether the organization takes requests of
 * its users
 */
export function approvalPage(account: Account, request: URLSearchParams, mayAsk: boolean): string {
  const title = mayAsk ? 'Approval required' : 'Need admin approval';
  const ask = mayAsk
    ? '<button class="go" name="decision" value="ask">Request approval</button>'
    : '';
  return layout(
    account.provider,
    title,
    `<h1>${title}</h1><p>${escapeHtml(account.email)}</p><p>This app needs permission to access resources in your organization that only an admin can grant.</p>
<form method="post" class="actions">${hiddenRequest(request)}<input type="hidden" name="sim_account" value="${escapeHtml(account.id)}"><button name="decision" value="back">Return to the application without granting consent</button>${ask}</form>`,
  );
}
