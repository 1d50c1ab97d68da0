// The texts about an administrator, who has to approve this app for an organization.

/** Fixed texts. */
export const ADMINISTRATOR = {
  ask: 'Ask your administrator',
  askAgain: 'Ask again',
  pendingTitle: 'Send this link to your administrator',
  linkLabel: 'Link for your administrator',
  copy: 'Copy link',
  copied: 'Copied',
  waiting: 'Waiting for your administrator…',
  grantedTitle: 'Your administrator has approved this app',
  refusedTitle: 'Your administrator did not approve this app',
  refusedText: 'Nothing was connected. Talk to them, then ask again.',
  expiredTitle: 'The link for your administrator has expired',
  expiredText: 'It was not used in time.',
  failedTitle: 'The link could not be made',
};

/** @param {string} name the provider's name @param {string} until the day on which the link ends */
export const pendingText = (name, until) =>
  `An administrator of your organization opens it, signs in at ${name} and approves this app. ` +
  `They need no account here. The link works once, until ${until}. This page shows their answer.`;

/** @param {string} name the provider's name */
export const grantedText = (name) =>
  `Connect your ${name} account now. If ${name} still asks for an administrator, wait a few minutes.`;

/** @param {string} name the provider's name @param {boolean} isReconnect */
export const connectNowLabel = (name, isReconnect) =>
  `${isReconnect ? 'Reconnect' : 'Connect'} ${name} now`;

/** @param {string} name the provider's name */
export const noLinkTitle = (name) => `${name} has no link for administrators`;
