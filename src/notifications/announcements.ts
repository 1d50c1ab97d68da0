// Notifications of what the rooms below do. Each function runs in the transaction that does it.

import type { EntityManager } from 'typeorm';
import { accountFacts } from '../accounts/account-conditions.js';
import type { AccountListeners } from '../accounts/account-listeners.js';
import type { GrantPart } from '../accounts/new-account.js';
import { changesOfThisTransaction } from '../calendars/calendar-conditions.js';
import { rowsOf } from '../database/rows.js';
import { type ChangeOrigin, type EventCounts, NO_EVENTS } from '../notification-types.js';
import { appendingSteps, appendLastNotification, appendNotifications } from './append.js';

/** $1 account. @param type an SQL expression @param facts of accountFacts, for `data` */
function ofAccount(type: string, facts: readonly string[], append = appendNotifications): string {
  return `WITH happened AS (
    SELECT account_id, user_id, provider, ${type} AS type, ${dataOf(...facts)} AS data
      FROM (${accountFacts('$1')}) account),
  ${append('happened')}
  SELECT id FROM written`;
}

/** How a fact is called in `data`. */
const PROPERTY: Readonly<Record<string, string>> = { status_reason: 'statusReason' };

/** Value: an object of facts. */
function dataOf(...facts: readonly string[]): string {
  const pairs = facts.map((fact) => `'${PROPERTY[fact] ?? fact}', ${fact}`);
  return `jsonb_build_object(${pairs.join(', ')})`;
}

/** A grant was given: `account.connected`, `account.reconnected` or `account.recovered`. */
const GRANTED: GrantPart = {
  columns: {},
  values: () => ({}),
  steps: {
    happened: `
      SELECT id AS account_id, user_id, provider, 'account.' || outcome AS type,
             CASE outcome WHEN 'recovered' THEN ${dataOf('status', 'status_reason')}
                          ELSE ${dataOf('status', 'access')} END AS data
        FROM account`,
    ...appendingSteps('happened'),
  },
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
  onGranted: [GRANTED],
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
