/**
 * The library `calendar-connect/sandbox`: a local Google and Microsoft for development and tests.
 */

export type { CalendarSummary, EventName, EventPatch } from './control/calendar-control.js';
export type { Control, FaultOptions, FaultSummary, RequestFilter } from './control/control.js';
export type { AccountSummary, IssuedTokens, NewAccount } from './control/oauth-control.js';
export type { SeenEvent } from './control/provider-view.js';
export { environmentFor, plays } from './environment.js';
export type { CalendarOptions } from './seed/add-calendar.js';
export type { EventInput } from './seed/add-event.js';
export { type Sandbox, type SandboxOptions, startSandbox } from './start-sandbox.js';
export type { ReceivedRequest } from './wire/request-log.js';
export type { ClientOptions } from './world/new-world.js';
export type { Settings, SettingsChange } from './world/settings.js';
export type { ProviderName } from './world/state.js';
