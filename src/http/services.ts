// What routes may use: the faces of the rooms below, and the parts of this room.

import type { Logger } from 'pino';
import type { AccountOverview } from '../account-overview.js';
import type { Accounts } from '../accounts/accounts.js';
import type { Audit } from '../audit/audit.js';
import type { Calendars } from '../calendars/calendars.js';
import type { EraseUser } from '../erase-user.js';
import type { Notifications } from '../notifications/notifications.js';
import type { OAuth } from '../oauth/oauth.js';
import type { Providers } from '../providers/providers.js';
import type { Push } from '../push/push.js';
import type { Sync } from '../sync/sync.js';
import type { Access } from '../vocabulary.js';
import type { BrowserSessions } from './browser-session.js';
import type { Callers } from './caller.js';
import type { Cookies } from './cookies.js';
import type { EventStreams } from './event-streams.js';
import type { Frontend } from './frontend.js';
import type { Origins } from './origins.js';
import type { Product } from './product.js';
import type { SpendLimit } from './rate-limit.js';
import type { DemoSignIn } from './routes/demo-sign-in.js';

/** The rooms below, as this room uses them. */
export interface HttpRooms {
  readonly providers: Providers;
  readonly oauth: OAuth;
  readonly eraseUser: EraseUser;
  readonly audit: Pick<Audit, 'record' | 'list'>;
  readonly accounts: Pick<Accounts, 'find' | 'ofUser' | 'disconnect' | 'lease' | 'useToken'>;
  readonly overview: AccountOverview;
  readonly calendars: Pick<
    Calendars,
    'list' | 'select' | 'listEvents' | 'listChanges' | 'findBusy'
  >;
  readonly sync: Pick<Sync, 'request' | 'statesOf' | 'pace'>;
  readonly push: Pick<Push, 'receive' | 'statusOf'>;
  readonly notifications: Omit<
    Notifications,
    'work' | 'drain' | 'close' | 'keepFunction' | 'deleteOld'
  >;
}

/** Everything that a route may use. */
export interface HttpServices extends HttpRooms {
  readonly callers: Callers;
  readonly origins: Origins;
  readonly sessions: BrowserSessions;
  readonly streams: EventStreams;
  readonly cookies: Cookies;
  readonly frontend: Frontend;
  readonly spend: SpendLimit;
  readonly publicUrl: string;
  readonly product: Product;
  /** What service callers may have beyond the routes of users. */
  readonly backend: { readonly accessTokenLease: boolean; readonly providerProxy: boolean };
  /** What a start asks for where it names nothing. */
  readonly calendarAccess: Access;
  /** Null outside of local mode, and where JWT settings of a product exist. */
  readonly demoSignIn: DemoSignIn | null;
  readonly logger: Logger;
}
