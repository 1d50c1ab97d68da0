// Builds the rooms of one service, each from the stores and the rooms below it.

import type { Logger } from 'pino';
import { type AccountOverview, createAccountOverview } from './account-overview.js';
import { inOrder } from './accounts/account-listeners.js';
import { type Accounts, createAccounts } from './accounts/accounts.js';
import { type Audit, createAudit } from './audit/audit.js';
import { type Calendars, createCalendars } from './calendars/calendars.js';
import type { Config } from './config.js';
import { createEraseUser, type EraseUser } from './erase-user.js';
import { announceAdminConsent } from './notifications/admin-consent.js';
import { ACCOUNT_ANNOUNCEMENTS, announceEvents } from './notifications/announcements.js';
import { appendNotifications } from './notifications/append.js';
import type { OnNotification } from './notifications/delivery-worker.js';
import { SECRETS_TABLE } from './notifications/endpoint-secrets.js';
import { createNotifications, type Notifications } from './notifications/notifications.js';
import { createOAuth, type OAuth } from './oauth/oauth.js';
import type { HttpClient } from './providers/http-client.js';
import { createProviders, type Providers } from './providers/providers.js';
import { createPush, type Push } from './push/push.js';
import type { Stores } from './stores.js';
import type { Chore } from './sync/chores.js';
import { SYNC_LISTENERS } from './sync/pauses.js';
import { createSync, type Sync } from './sync/sync.js';
import { RUN_MAY_WRITE } from './sync/sync-conditions.js';
import { VERSION } from './version.js';

export interface Rooms {
  readonly providers: Providers;
  readonly audit: Audit;
  readonly accounts: Accounts;
  readonly overview: AccountOverview;
  readonly calendars: Calendars;
  readonly sync: Sync;
  readonly push: Push;
  readonly notifications: Notifications;
  readonly oauth: OAuth;
  readonly eraseUser: EraseUser;
  /** Starts working on jobs and chores. @throws when PostgreSQL fails */
  work(): Promise<void>;
}

/** The rooms that have work in the background, and what they build on. */
type WorkingRooms = Omit<Rooms, 'work' | 'overview' | 'eraseUser'>;

export interface RoomOptions {
  /** Whether a user who returns from a provider may still connect an account. Default: always. */
  readonly isUserActive?: ((userId: string) => Promise<boolean> | boolean) | undefined;
  /** Seconds between chores. Default: 60. */
  readonly choresEverySeconds?: number | undefined;
  /**
   * Called with a number of changes when they were read, and again when they were saved. For a
   * process of our own.
   */
  readonly collectGarbage?: ((changes: number) => void) | undefined;
  /** Called in a worker for each notification. */
  readonly onNotification?: OnNotification | undefined;
}

/** What the rooms share. */
interface Shared {
  readonly stores: Stores;
  readonly client: HttpClient;
  readonly logger: Logger;
}

/** What rooms above do within the transactions of rooms below. */
const ABOVE_ACCOUNTS = {
  listeners: inOrder(SYNC_LISTENERS, ACCOUNT_ANNOUNCEMENTS),
  onAdminDecision: announceAdminConsent,
};
const ABOVE_CALENDARS = { runMayWrite: RUN_MAY_WRITE, onEventsChanged: announceEvents };

const TIME = { now: () => new Date(), random: Math.random };

/** Builds every room. Nothing is opened or started. */
export function createRooms(
  config: Config,
  options: RoomOptions,
  { stores, client, logger }: Shared,
): Rooms {
  const { dataSource, lockSource, refreshesAtOnce, redis } = stores;
  const providers = createProviders(config.providers, client);
  const audit = createAudit({ dataSource, retentionDays: config.auditRetentionDays });
  const calendars = createCalendars({ dataSource, ...ABOVE_CALENDARS });
  const accounts = createAccounts({
    ...ABOVE_ACCOUNTS,
    dataSource,
    lockSource,
    refreshesAtOnce,
    tokenKeys: config.tokenKeys,
    policy: config,
    providers,
    dependents: {
      stopPush: (accountId) => push.stopAll(accountId),
      deleteEvents: calendars.deleteEventsOf,
    },
    logger,
  });
  const sync = createSync({
    ...TIME,
    dataSource,
    calendars: calendars.store,
    events: calendars.events,
    provider: (id) => providers.find(id)?.calendars,
    useToken: accounts.useToken,
    markReauthorization: accounts.requireReauthorization,
    isPushed: async (id) => (await push.statusOf([id])).get(id)?.state === 'active',
    append: appendNotifications,
    role: config.role === 'web' ? 'web' : 'worker',
    settings: config.sync,
    writesAtOnce: Math.max(1, Math.floor(config.database.poolSize / 2)),
    collectGarbage: options.collectGarbage,
    logger,
  });
  const push = createPush({
    ...TIME,
    dataSource,
    webhookUrl: config.webhookUrl,
    provider: (id) => providers.find(id)?.push ?? undefined,
    useToken: (accountId, call) => accounts.useToken(accountId, call, 'push'),
    useLastToken: accounts.useLastToken,
    sync: (accountId) => sync.request(accountId, { trigger: 'push', full: false }),
    notified: sync.notified,
    pollAgain: sync.pollAgain,
    logger,
  });
  const consentNeeds = { redis, providers, audit, accounts, sync, logger };
  const oauth = createConsent(config, options, consentNeeds);
  const notifications = createTelling(config, options, { dataSource, accounts, calendars, logger });
  const eraseUser = createEraseUser({ accounts, notifications, audit, sync, oauth, redis });
  const rooms = { providers, audit, accounts, calendars, sync, push, notifications, oauth };
  const overview = createAccountOverview(dataSource, config.webhookUrl !== null);
  return { ...rooms, eraseUser, overview, work: () => workOf(rooms, options) };
}

async function workOf(rooms: WorkingRooms, options: RoomOptions): Promise<void> {
  await rooms.sync.work({ ...options, push: rooms.push, chores: choresOf(rooms) });
  await rooms.notifications.work();
}

/** What the rooms above sync have to do every minute. */
function choresOf({
  audit,
  accounts,
  calendars,
  push,
  notifications,
  oauth,
}: WorkingRooms): readonly Chore[] {
  const { finishAbandonedDisconnects } = accounts;
  return [
    { name: 'maintain push channels', run: push.maintainDue, asksProviders: true },
    { name: 'reap attempts', run: oauth.reapAttempts, asksProviders: true },
    { name: 'finish disconnecting', run: finishAbandonedDisconnects, asksProviders: true },
    { name: 'delete old tombstones', run: calendars.deleteOldTombstones },
    { name: 'delete gone calendars', run: calendars.deleteGone },
    { name: 'delete old connect links', run: () => accounts.links.deleteOld() },
    {
      name: 'delete old requests to administrators',
      run: () => accounts.adminConsents.deleteOld(),
    },
    { name: 'delete old audit entries', run: audit.deleteOld },
    { name: 'keep the function of the host', run: notifications.keepFunction },
    { name: 'delete old notifications', run: notifications.deleteOld },
  ];
}

function createTelling(
  config: Config,
  { onNotification }: RoomOptions,
  {
    dataSource,
    accounts,
    calendars,
    logger,
  }: Pick<Rooms, 'accounts' | 'calendars'> & Pick<Stores, 'dataSource'> & { logger: Logger },
): Notifications {
  return createNotifications({
    dataSource,
    calendars,
    sealer: accounts.sealer(SECRETS_TABLE),
    allowPrivate: config.webhookPrivateAddresses,
    version: VERSION,
    retentionDays: config.notificationRetentionDays,
    onNotification,
    random: Math.random,
    logger,
  });
}

function createConsent(
  config: Config,
  { isUserActive }: RoomOptions,
  {
    redis,
    providers,
    audit,
    accounts,
    sync,
    logger,
  }: Pick<Rooms, 'providers' | 'audit' | 'accounts' | 'sync'> &
    Pick<Stores, 'redis'> & { logger: Logger },
): OAuth {
  return createOAuth({
    redis,
    audit,
    accounts,
    provider: providers.find,
    firstSync: sync.first,
    isUserActive: async (userId) => (await isUserActive?.(userId)) ?? true,
    settings: config,
    logger,
  });
}
