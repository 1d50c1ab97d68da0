// The custom elements, `calendar-connect/elements`. Importing this file defines them, as elements
// are used by their names; on a server it does nothing.

import { CalendarConnectAccounts } from './account-list.js';
import { CalendarConnectButton } from './connect-button.js';

export type { ElementToken } from './element.js';
export { defineMessages, type Messages, type OwnMessages } from './element-messages.js';
export { CalendarConnectAccounts, CalendarConnectButton };

/** The list is first: where a page has both, it tells what a connection came to. */
const ELEMENTS = {
  'calendar-connect-accounts': CalendarConnectAccounts,
  'calendar-connect-button': CalendarConnectButton,
};

for (const [name, element] of Object.entries(ELEMENTS)) {
  // A page may load the file from two places.
  if (globalThis.customElements?.get(name) === undefined)
    globalThis.customElements?.define(name, element);
}

declare global {
  interface HTMLElementTagNameMap {
    'calendar-connect-button': CalendarConnectButton;
    'calendar-connect-accounts': CalendarConnectAccounts;
  }
}
