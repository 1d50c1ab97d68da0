// Every route of /integrations, one line each, for the router and for the OpenAPI document.

import { answerAdminConsent } from '../connect/admin-consent-page.js';
import { answerCallback } from '../connect/callback.js';
import { completeConnection } from '../connect/complete.js';
import { showLink, showLinkDone, startByLink } from '../connect/link-page.js';
import { startByNavigation, startByUrl } from '../connect/start.js';
import type { Route } from '../route.js';
import { leaseAccessToken } from './access-tokens.js';
import { disconnectAccount, listAccounts, showAccount } from './accounts.js';
import { requestAdminConsent, showAdminConsent } from './admin-consents.js';
import { listAudit } from './audit.js';
import { listCalendars, selectCalendar } from './calendars.js';
import { listChanges } from './changes.js';
import { createConnectLink } from './connect-links.js';
import { listEvents } from './events.js';
import { showFreeBusy } from './free-busy.js';
import { importAccount } from './import.js';
import { receiveNotices } from './provider-notices.js';
import { PROXY_ROUTES } from './provider-proxy.js';
import { listProviders } from './providers.js';
import { closeSession, openSession, showSession } from './sessions.js';
import { requestSync, showSync } from './syncs.js';
import { eraseUser, exportUser } from './users.js';
import {
  changeEndpoint,
  createEndpoint,
  deleteEndpoint,
  listEndpointDeliveries,
  listEndpoints,
  replayDeliveries,
  rotateSecret,
  showEndpoint,
  testEndpoint,
} from './webhook-endpoints.js';

/** The routes, in the order of the document. */
export const ROUTES: readonly Route[] = [
  openSession,
  showSession,
  closeSession,
  listProviders,
  startByUrl,
  startByNavigation,
  answerCallback,
  completeConnection,
  createConnectLink,
  showLinkDone,
  showLink,
  startByLink,
  requestAdminConsent,
  showAdminConsent,
  answerAdminConsent,
  importAccount,
  listAccounts,
  showAccount,
  disconnectAccount,
  leaseAccessToken,
  ...PROXY_ROUTES,
  requestSync,
  showSync,
  listCalendars,
  selectCalendar,
  showFreeBusy,
  listEvents,
  listChanges,
  createEndpoint,
  listEndpoints,
  showEndpoint,
  changeEndpoint,
  deleteEndpoint,
  rotateSecret,
  testEndpoint,
  listEndpointDeliveries,
  replayDeliveries,
  receiveNotices,
  listAudit,
  eraseUser,
  exportUser,
];
