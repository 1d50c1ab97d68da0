// Uses both generated clients as a program would. It has to compile; it is never run.

import type { EventPage, Account as HeyAccount } from './client';
import { getAccount, listAccounts, listEvents, startSync, updateCalendar } from './client';
import type { components, operations } from './schema';

type Account = components['schemas']['Account'];
type Problem = operations['getAccount']['responses'][404]['content']['application/problem+json'];
type Names = keyof operations;

/** Every operation has a name of its own, and no other. */
export const names: Record<Names, true> = {
  createSession: true,
  getSession: true,
  deleteSession: true,
  listProviders: true,
  getAuthorizationUrl: true,
  startAuthorization: true,
  handleCallback: true,
  completeConnection: true,
  listAccounts: true,
  getAccount: true,
  disconnectAccount: true,
  startSync: true,
  getSync: true,
  listCalendars: true,
  updateCalendar: true,
  getFreeBusy: true,
  listEvents: true,
  receiveNotices: true,
  changeWebhookEndpoint: true,
  createConnectLink: true,
  getAdminConsent: true,
  handleAdminConsent: true,
  requestAdminConsent: true,
  createWebhookEndpoint: true,
  deleteWebhookEndpoint: true,
  eraseUser: true,
  exportUser: true,
  getWebhookEndpoint: true,
  importAccount: true,
  leaseAccessToken: true,
  getAtProvider: true,
  postAtProvider: true,
  putAtProvider: true,
  patchAtProvider: true,
  deleteAtProvider: true,
  listAudit: true,
  listChanges: true,
  listWebhookDeliveries: true,
  listWebhookEndpoints: true,
  replayWebhooks: true,
  rotateWebhookSecret: true,
  showConnectLink: true,
  showConnectLinkResult: true,
  startByConnectLink: true,
  testWebhookEndpoint: true,
};

/** Values that a later version adds must not break a client: codes and states are text. */
export const open: [Account['status'], Problem['code'], Account['sync']['state']] = [
  'a status of tomorrow',
  'a code of tomorrow',
  'a state of tomorrow',
];

/** What a program does with the client of functions. */
export async function upcoming(token: string): Promise<EventPage['data']> {
  const headers = { authorization: `Bearer ${token}` };
  const { data: page } = await listAccounts({ headers, query: { status: 'connected', limit: 10 } });
  const [first]: HeyAccount[] = page?.data ?? [];
  if (first === undefined) return [];
  const { data: account, error } = await getAccount({ headers, path: { accountId: first.id } });
  if (account === undefined) throw new Error(error?.code);
  await startSync({ headers, path: { accountId: account.id }, body: { full: false } });
  await updateCalendar({
    headers,
    path: { accountId: account.id, calendarId: account.id },
    body: { selected: true },
  });
  const events = await listEvents({
    headers,
    path: { accountId: account.id },
    query: { from: '2026-12-01T00:00:00Z', to: '2026-12-08T00:00:00Z' },
  });
  return events.data?.data ?? [];
}
