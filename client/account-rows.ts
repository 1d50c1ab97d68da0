// What `<calendar-connect-accounts>` shows of one account: who, how it is, what can be done.

import type { Account } from './client.js';
import { fillIn, type Messages } from './element-messages.js';
import { make } from './make.js';

/** What a row needs of its list. */
export interface AccountsView {
  readonly messages: Messages;
  readonly language: string;
  /** The id of the account whose disconnection is to be confirmed. */
  readonly asked: string | null;
  /** The key of the button whose request is under way. */
  readonly busy: string | null;
  readonly nameOf: (account: Account) => string;
  readonly providerName: (id: string) => string;
  readonly reconnect: (account: Account) => unknown;
  /** Asks for confirmation, or null: no more. `focus` is the key of the next button. */
  readonly ask: (accountId: string | null, focus: string) => void;
  readonly disconnect: (account: Account) => unknown;
}

/** The row of one account. */
export function accountRow(view: AccountsView, account: Account): HTMLElement {
  const isWaiting = account.status === 'reauthorization_required';
  return make(
    'li',
    { attributes: { part: 'account' } },
    make(
      'div',
      { className: 'who' },
      make('p', {
        className: 'name',
        textContent: view.nameOf(account),
        attributes: { part: 'name' },
      }),
      make('p', {
        className: isWaiting ? 'state waiting' : 'state',
        textContent: `${view.providerName(account.provider)} · ${stateOf(view, account)}`,
        attributes: { part: 'state' },
      }),
    ),
    view.asked === account.id ? question(view, account) : actions(view, account),
  );
}

function actions(view: AccountsView, account: Account): HTMLElement {
  const { reconnect, disconnect } = view.messages;
  const { id, provider, status, statusReason } = account;
  // Reconnecting gives no one a calendar.
  const canReconnect = status === 'reauthorization_required' && statusReason !== 'no_mailbox';
  const of = ` ${view.nameOf(account)} (${view.providerName(provider)})`;
  return make(
    'div',
    { className: 'actions' },
    canReconnect
      ? actionButton(view, reconnect, `reconnect ${id}`, () => view.reconnect(account), {
          isMain: true,
          label: reconnect + of,
        })
      : null,
    actionButton(view, disconnect, `disconnect ${id}`, () => view.ask(id, `cancel ${id}`), {
      label: disconnect + of,
    }),
  );
}

function question(view: AccountsView, account: Account): HTMLElement {
  const { confirmDisconnect, cancel, disconnect } = view.messages;
  const { id } = account;
  const back = () => view.ask(null, `disconnect ${id}`);
  const text = fillIn(confirmDisconnect, { account: view.nameOf(account) });
  const onkeydown = ({ key }: KeyboardEvent) => {
    if (key === 'Escape') back();
  };
  return make(
    'div',
    { className: 'actions', onkeydown, attributes: { role: 'group', 'aria-label': text } },
    make('p', { textContent: text }),
    actionButton(view, cancel, `cancel ${id}`, back),
    actionButton(view, disconnect, `confirm ${id}`, () => view.disconnect(account), {
      isMain: true,
    }),
  );
}

/**
 * A button of the list. While a request is under way no button does anything.
 * @param label the accessible name, where the text alone is not enough
 */
export function actionButton(
  { busy }: Pick<AccountsView, 'busy'>,
  text: string,
  key: string,
  onPress: () => unknown,
  { isMain = false, label = '' } = {},
): HTMLButtonElement {
  return make('button', {
    type: 'button',
    className: isMain ? 'main' : '',
    textContent: text,
    onclick: () => {
      if (busy === null) onPress();
    },
    attributes: {
      part: 'button',
      'data-key': key,
      ...(label === '' ? {} : { 'aria-label': label }),
      ...(busy === null ? {} : { 'aria-disabled': 'true' }),
    },
  });
}

function stateOf({ messages, language }: AccountsView, account: Account): string {
  const { status, statusReason, lastSyncedAt } = account;
  if (status === 'reauthorization_required')
    return messages.reasons[statusReason ?? 'other'] ?? messages.reasons['other'] ?? status;
  if (isUnderWay(account)) return messages.syncing;
  if (lastSyncedAt === null) return messages.notSynced;
  return fillIn(messages.synced, { time: timeAgo(lastSyncedAt, language) });
}

/** Whether calendars of the account are being read. */
export const isUnderWay = ({ sync: { state } }: Account): boolean =>
  state === 'queued' || state === 'running';

/** "2 minutes ago", in a language. */
function timeAgo(instant: string, language: string): string {
  const minutes = Math.round((Date.parse(instant) - Date.now()) / 60_000);
  const format = new Intl.RelativeTimeFormat(language, { numeric: 'auto' });
  if (minutes > -60) return format.format(Math.min(minutes, 0), 'minute');
  if (minutes > -60 * 24) return format.format(Math.round(minutes / 60), 'hour');
  return format.format(Math.round(minutes / 60 / 24), 'day');
}
