// Notifications of what the rooms below do. Each function runs in the transaction that does it.

import type { EntityManager } from 'typeorm';
import { accountFacts } from '../accounts/account-conditions.js';
import type { AccountListeners, Connected } from '../accounts/account-listeners.js';
import { changesOfThisTransaction } from '../calendars/calendar-conditions.js';
import { rowsOf } from '../database/rows.js';
import { type ChangeOrigin, type EventCounts, NO_EVENTS } from '../notification-types.js';
import { appendLastNotification, appendNotifications } from './append.js';

/** $1 account. @param type an SQL expression @param facts of accountFacts, for `data` */
function ofAccount(type: string, facts: readonly string[], append = appendNotifications): string {
  const data = facts.map((fact) => `'${PROPERTY[fact] ?? fact}', ${fact}`).join(', ');
  return `WITH happened AS (
    SELECT account_id, user_id, provider, ${type} AS type, jsonb_build_object(${data}) AS data
      FROM (${accountFacts('$1')}) account),
  ${append('happened')}
  SELECT id FROM written`;
}

/** How a fact is called in `data`. */
const PROPERTY: Readonly<Record<string, string>> = { status_reason: 'statusReason' };

const CONNECTED: Readonly<Record<Connected, string>> = {
  connected: ofAccount(`'account.connected'`, ['status', 'access']),
  reconnected: ofAccount(`'account.reconnected'`, ['status', 'access']),
  recovered: ofAccount(`'account.recovered'`, ['status', 'status_reason']),
};
const REAUTHORIZATION_REQUIRED = ofAccount(`'account.reauthorization_required'`, [
  'status',
  'status_reason',
]);
const DISCONNECTED = ofAccount(
  `'account.disconnected'`,
  ['status', 'access'],
  appendLastNotification,
);

/** The notifications of accounts. */
export const ACCOUNT_ANNOUNCEMENTS: AccountListeners = {
  async onConnected(manager, accountId, how) {
    await manager.query(CONNECTED[how], [accountId]);
  },
  async onReauthorizationRequired(manager, accountId) {
    await manager.query(REAUTHORIZATION_REQUIRED, [accountId]);
  },
  async onDisconnecting(manager, accountId) {
    await manager.query(DISCONNECTED, [accountId]);
  },
  // Its sequence is deleted with the account's row.
  async onRemoving() {},
};

/** $1 account, $2 calendar, $3 origin. The host reads from when this transaction began. */
const EVENTS_CHANGED = `
  WITH counted AS MATERIALIZED (${changesOfThisTransaction('$1::uuid', '$2::uuid')}),
  happened AS (
    SELECT account_id, user_id, provider, 'events.changed' AS type, jsonb_build_object(
             'calendarId', $2::uuid, 'changed', changed, 'deleted', deleted, 'updatedSince',
             to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
             'origin', $3::text) AS data
      FROM counted, (${accountFacts('$1')}) account WHERE changed + deleted > 0),
  ${appendNotifications('happened')}
  SELECT changed, deleted FROM counted`;

/**
 * Tells of the events of a calendar that this transaction has changed or deleted. It comes last in
 * the transaction. @returns how many there are
 */
export async function announceEvents(
  manager: EntityManager,
  accountId: string,
  calendarId: string,
  origin: ChangeOrigin,
): Promise<EventCounts> {
  const parameters = [accountId, calendarId, origin];
  const [counts] = await rowsOf<EventCounts>(manager, EVENTS_CHANGED, parameters);
  return counts ?? NO_EVENTS;
}
