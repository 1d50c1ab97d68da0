// Deletes the jobs of an account that is gone, of every queue and state.

import type { Sql } from '../database/rows.js';
import { JOBS_SCHEMA } from './queue.js';

/** Deletes the jobs whose payload has one of these accounts. */
export async function forgetJobs(sql: Sql, accountIds: readonly string[]): Promise<void> {
  if (accountIds.length === 0) return;
  await sql.query(`DELETE FROM ${JOBS_SCHEMA}.job WHERE data->>'accountId' = ANY ($1)`, [
    accountIds,
  ]);
}
