// Accounts with their sync and their push: one named statement, of parts that their rooms lend.

import {
  ACCOUNT_COLUMNS,
  type AccountFilter,
  newestFirst,
  nextCursorOf,
  type ShownAccount,
  selectAccounts,
} from './accounts/account-listing.js';
import { columnsOf, readerOf } from './database/lent-columns.js';
import { runNamed } from './database/named-statement.js';
import { PUSH_ROWS, type PushStatus, shownPush } from './push/channel-status.js';
import type { Stores } from './stores.js';
import { type ShownSync, SYNC_ROWS } from './sync/sync-states.js';

/** An account as it is listed. */
export interface OverviewRow {
  readonly account: ShownAccount;
  readonly sync: ShownSync;
  /** Null where no channel was ever asked for. */
  readonly push: PushStatus | null;
}

export interface OverviewPage {
  readonly rows: readonly OverviewRow[];
  /** Null on the last page. */
  readonly nextCursor: string | null;
}

/** Accounts with what other rooms show of them. */
export interface AccountOverview {
  /**
   * A page, the newest first.
   * @throws IntegrationError `invalid_request` for a cursor that this service did not return
   */
  list(filter: AccountFilter): Promise<OverviewPage>;
}

const readAccount = readerOf('page', ACCOUNT_COLUMNS);
const readSync = readerOf('sync', SYNC_ROWS.columns);
const readPush = readerOf('push', PUSH_ROWS.columns);

/** @param isPushed whether push is set up here */
export function createAccountOverview(
  dataSource: Stores['dataSource'],
  isPushed: boolean,
): AccountOverview {
  const texts = new Map<string, string>();
  return {
    async list(filter) {
      const accounts = selectAccounts(filter);
      const name = isPushed ? `${accounts.name}-push` : accounts.name;
      const text = texts.get(name) ?? textOf(accounts.text, isPushed);
      texts.set(name, text);
      const found = await runNamed<Row>(dataSource, { name, text }, accounts.values);
      const listed = found.map(readAccount);
      const rows = listed.slice(0, filter.limit).map((account, index) => ({
        account,
        sync: readSync(found[index] as Row),
        push: pushOf(found[index] as Row),
      }));
      return { rows, nextCursor: nextCursorOf(listed, filter.limit) };
    },
  };
}

type Row = Readonly<Record<string, unknown>>;

function pushOf(row: Row): PushStatus | null {
  const push: PushStatus = readPush(row);
  // Undefined where the statement does not ask, null where the account has no selected calendar.
  return push.state == null ? null : shownPush(push);
}

function textOf(accounts: string, isPushed: boolean): string {
  const columns = [columnsOf('page', ACCOUNT_COLUMNS), columnsOf('sync', SYNC_ROWS.columns)];
  // An account has a sync as long as it exists. The limit makes it a look-up for each account, also in
  // a plan that was made while the table was almost empty.
  const joins = [`JOIN LATERAL (${SYNC_ROWS.select('ARRAY[page.id]')} LIMIT 1) AS sync ON true`];
  if (isPushed) {
    columns.push(columnsOf('push', PUSH_ROWS.columns));
    const push = PUSH_ROWS.select('ARRAY(SELECT id FROM page)');
    joins.push(`LEFT JOIN (${push}) AS push ON push.account_id = page.id`);
  }
  return `WITH page AS MATERIALIZED (${accounts})
    SELECT ${columns.join(', ')} FROM page ${joins.join(' ')} ORDER BY ${newestFirst('page')}`;
}
