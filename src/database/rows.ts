// Reading what TypeORM's raw queries return, typed once.

import type { DataSource, EntityManager, QueryRunner } from 'typeorm';

/** Anything that runs SQL: the pool, a transaction's manager, or one connection. */
export type Sql = Pick<DataSource | EntityManager | QueryRunner, 'query'>;

/**
 * The rows of a SELECT, or of an INSERT with RETURNING. Name the columns as the properties of
 * `Row`: `user_id AS "userId"`.
 */
export async function rowsOf<Row>(
  sql: Sql,
  statement: string,
  parameters: readonly unknown[] = [],
): Promise<Row[]> {
  return (await sql.query(statement, [...parameters])) as Row[];
}

/**
 * The rows that an UPDATE or DELETE with RETURNING gave back. TypeORM answers those with rows and
 * their count.
 */
export async function returnedBy<Row>(
  sql: Sql,
  statement: string,
  parameters: readonly unknown[] = [],
): Promise<Row[]> {
  const [rows] = (await sql.query(statement, [...parameters])) as [Row[], number];
  return rows;
}

/** How many rows an UPDATE or DELETE changed. */
export async function changedBy(
  sql: Sql,
  statement: string,
  parameters: readonly unknown[] = [],
): Promise<number> {
  const [, changed] = (await sql.query(statement, [...parameters])) as [unknown, number];
  return changed;
}
