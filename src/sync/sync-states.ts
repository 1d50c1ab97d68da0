// The sync of accounts as it is shown to people.

import { type DataSource, In } from 'typeorm';
import { AccountSync } from './account-sync.js';

/** The sync of each account that exists, by account id. */
export async function statesOf(
  dataSource: DataSource,
  accountIds: readonly string[],
): Promise<ReadonlyMap<string, AccountSync>> {
  if (accountIds.length === 0) return new Map();
  const rows = await dataSource
    .getRepository(AccountSync)
    .findBy({ accountId: In([...accountIds]) });
  return new Map(rows.map((row) => [row.accountId, row]));
}
