/**
 * The typed control API: everything that a test can change without going through a provider's API.
 */
import type { GraphNotifier } from '../microsoft/notifications.js';
import type { Courier } from '../push/courier.js';
import type { Fault, FaultEffect, FaultList, FaultMatch } from '../wire/faults.js';
import type { ReceivedRequest, RequestLog } from '../wire/request-log.js';
import type { Settings, SettingsChange } from '../world/settings.js';
import type { ProviderName } from '../world/state.js';
import type { World } from '../world/world.js';
import { type CalendarControl, calendarControl } from './calendar-control.js';
import { cannedFault } from './canned-faults.js';
import { type AccountRef, accountOf, calendarOf } from './find-target.js';
import { type OAuthControl, oauthControl } from './oauth-control.js';
import { providerView, type SeenEvent } from './provider-view.js';
import { type PushControl, pushControl } from './push-control.js';
import { type TenantControl, tenantControl } from './tenant-control.js';

/** A fault to add: a canned fault with changes, or a fault described in full. */
export type FaultOptions = FaultMatch & FaultEffect & { canned?: string };

/** A fault as the control API shows it. `met` counts the requests it was applied to. */
export type FaultSummary = FaultMatch & { id: string; name: string; met: number };

/** Which requests to list. */
export interface RequestFilter {
  provider?: ProviderName;
  /** The name of a route or the start of one, such as `google.events`. */
  route?: string;
  user?: string;
}

/** The whole control API. control-routes.ts offers it over HTTP. */
export interface Control extends CalendarControl, OAuthControl, TenantControl, PushControl {
  /** The sandbox's time. */
  now(): Date;
  /** Moves the clock forward, or back with a negative number. Returns the new time. */
  advanceClock(milliseconds: number): Date;
  settings(): Settings;
  /** Changes some settings. Returns all of them. */
  configure(changes: SettingsChange): Settings;
  /** Limits the size of pages, also if the client requests larger ones. Null removes the limit. */
  setPageSize(provider: ProviderName, size: number | null): void;
  /**
   * Makes the sync tokens and delta links of a calendar answer 410. Without `calendarId`, those of
   * all calendars of the user and of the calendar list; with `list`, those of the list too.
   */
  expireCursors(ref: AccountRef & { calendarId?: string; list?: boolean }): void;
  addFault(fault: FaultOptions): FaultSummary;
  faults(): FaultSummary[];
  clearFaults(id?: string): void;
  requests(filter?: RequestFilter): ReceivedRequest[];
  clearRequests(): void;
  /** The highest number of simultaneous requests of a user since `clearRequests`. */
  peakParallelism(ref: AccountRef & { group?: 'api' | 'token' | 'identity' }): number;
  /**
   * The events that the provider has in a calendar between two times. Undefined means the primary
   * calendar.
   */
  view(
    provider: ProviderName,
    user: string,
    calendarId: string | undefined,
    from: Date | string,
    to: Date | string,
  ): SeenEvent[];
}

/** Creates the control API of a sandbox. */
export function createControl(
  world: World,
  wire: { faults: FaultList; requests: RequestLog; courier: Courier; notifier: GraphNotifier },
): Control {
  const { faults, requests } = wire;
  const summary = ({ reply: _, seen: __, ...fault }: Fault): FaultSummary => fault;
  return {
    ...calendarControl(world),
    ...oauthControl(world),
    ...tenantControl(world),
    ...pushControl(world, wire.courier, wire.notifier),
    now: () => world.now(),
    advanceClock(milliseconds) {
      world.state.clockOffsetMs += milliseconds;
      world.changed();
      return world.now();
    },
    settings: () => structuredClone(world.state.settings),
    configure(changes) {
      const { settings } = world.state;
      Object.assign(settings.google, changes.google);
      Object.assign(settings.microsoft, changes.microsoft);
      Object.assign(settings.delivery, changes.delivery);
      world.changed();
      return structuredClone(settings);
    },
    setPageSize(provider, size) {
      world.state.settings[provider].pageSize = size;
      world.changed();
    },
    expireCursors({ calendarId, list, ...ref }) {
      const account = accountOf(world, ref);
      if (list || calendarId === undefined) account.listGeneration += 1;
      const entries =
        calendarId === undefined
          ? account.calendars
          : [calendarOf(world, { ...ref, calendarId }).entry];
      for (const entry of entries) {
        const calendar = world.calendar(entry);
        calendar.generation += 1;
        world.calendarChanged(calendar, 'silent');
      }
    },
    addFault({ canned, ...own }) {
      return summary(faults.add(canned === undefined ? own : { ...cannedFault(canned), ...own }));
    },
    faults: () => faults.list().map(summary),
    clearFaults: (id) => faults.clear(id),
    requests(filter = {}) {
      const user = filter.user?.toLowerCase();
      return requests
        .list()
        .filter(
          (request) =>
            (filter.provider === undefined || request.provider === filter.provider) &&
            (filter.route === undefined || request.route?.startsWith(filter.route)) &&
            (user === undefined || request.user?.toLowerCase() === user),
        );
    },
    clearRequests: () => requests.clear(),
    peakParallelism({ group = 'api', ...ref }) {
      const account = accountOf(world, ref);
      return requests.peak(`${account.provider}:${account.id}:${group}`);
    },
    view: (provider, user, calendarId, from, to) =>
      providerView(world, { provider, user, calendarId }, from, to),
  };
}
