// The words of the elements, in English, and how a page gives its own.

/** Every text of the elements. Words in braces are filled in. */
export interface Messages {
  /** The names of providers by their id. Others are shown by their id. */
  providers: Readonly<Record<string, string>>;
  connect: string;
  reconnect: string;
  disconnect: string;
  confirmDisconnect: string;
  cancel: string;
  accounts: string;
  noAccounts: string;
  loading: string;
  tryAgain: string;
  connected: string;
  disconnected: string;
  /** Where the provider keeps the grant until the user removes it there. */
  notRevoked: string;
  syncing: string;
  synced: string;
  notSynced: string;
  /** Of an account that needs its user, by `statusReason`. `other` is for the rest. */
  reasons: Readonly<Record<string, string>>;
  /** By error code. A code without a text shows the service's own. `other` is for results. */
  errors: Readonly<Record<string, string>>;
}

const ENGLISH: Messages = {
  providers: { google: 'Google Calendar', microsoft: 'Outlook' },
  connect: 'Connect {provider}',
  reconnect: 'Reconnect',
  disconnect: 'Disconnect',
  confirmDisconnect: 'Disconnect {account}? Its events are removed here.',
  cancel: 'Cancel',
  accounts: 'Connected calendars',
  noAccounts: 'No calendar is connected.',
  loading: 'Loading…',
  tryAgain: 'Try again',
  connected: '{account} is connected.',
  disconnected: '{account} is disconnected.',
  notRevoked: '{account} is disconnected. You can also remove this app at {provider}.',
  syncing: 'Reading calendars…',
  synced: 'Updated {time}',
  notSynced: 'Not read yet',
  reasons: {
    revoked: 'Reconnect needed: access was withdrawn.',
    expired: 'Reconnect needed: access has expired.',
    missing_scopes: 'Reconnect needed: not all permissions were given.',
    admin_consent_required: 'An administrator of your organization must approve this app.',
    no_mailbox: 'This account has no calendar.',
    other: 'Reconnect needed.',
  },
  errors: {
    access_denied: 'You did not allow access. To connect, start again and choose to allow it.',
    invalid_state: 'This attempt has expired or was already used. Start again.',
    missing_scopes: 'Not all permissions were given. Start again and allow all of them.',
    admin_consent_required: 'An administrator of your organization must approve this app first.',
    account_mismatch: 'That was another account. Start again and choose the same account.',
    account_already_connected: 'Another user has already connected this account.',
    no_mailbox: 'This account has no calendar.',
    provider_unavailable: 'The provider does not answer. Try again in a moment.',
    rate_limited: 'Too many requests. Try again in a moment.',
    unauthenticated: 'You are signed out. Sign in and try again.',
    network: 'The service could not be reached. Check your connection and try again.',
    other: 'The calendar could not be connected. Try again.',
  },
};

/** What `defineMessages` takes: any part of the texts. */
export type OwnMessages = Partial<Messages>;

const own = new Map<string, OwnMessages>();

/**
 * Sets texts of a language, for all elements that are shown afterwards. Texts that are missing stay
 * English. A language without a region serves its regions too.
 * @param language a language tag, such as `de` or `pt-BR`; `en` changes the English texts
 */
export function defineMessages(language: string, messages: OwnMessages): void {
  const key = language.toLowerCase();
  own.set(key, merged(own.get(key) ?? {}, messages));
}

/** The texts of a language. */
export function messagesOf(language: string): Messages {
  const tag = language.toLowerCase();
  const layers = ['en', tag.split('-')[0] ?? '', tag].map((key) => own.get(key) ?? {});
  return layers.reduce<Messages>((all, layer) => merged(all, layer), ENGLISH);
}

/** The names of providers, reasons and errors are merged one by one. */
function merged<Base extends OwnMessages>(base: Base, over: OwnMessages): Base {
  return {
    ...base,
    ...over,
    providers: { ...base.providers, ...over.providers },
    reasons: { ...base.reasons, ...over.reasons },
    errors: { ...base.errors, ...over.errors },
  };
}

/** A text with its words in braces filled in. */
export function fillIn(text: string, values: Readonly<Record<string, string>>): string {
  return text.replace(/\{(\w+)\}/g, (all, name: string) => values[name] ?? all);
}
