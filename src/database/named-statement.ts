// Statements with a name: each connection of the pool parses and plans them once.

import type { DataSource } from 'typeorm';

/** A statement and the name under which connections keep it. One name has one text. */
export interface NamedStatement {
  /** At most 63 bytes, as PostgreSQL keeps no more. */
  readonly name: string;
  readonly text: string;
}

/** What is used of a connection of pg, and of its pool. */
interface Connection {
  query(query: NamedStatement & { values: readonly unknown[] }): Promise<{ rows: unknown[] }>;
  release(error?: Error): void;
}
interface Pool {
  connect(): Promise<Connection>;
}

/**
 * Runs a statement on a connection of its own, outside of any transaction.
 * @returns the rows of its RETURNING or SELECT
 * @throws the error of pg itself, which TypeORM would wrap
 */
export async function runNamed<Row>(
  dataSource: DataSource,
  { name, text }: NamedStatement,
  values: readonly unknown[],
): Promise<Row[]> {
  const connection = await poolOf(dataSource).connect();
  let broken: Error | undefined;
  try {
    return (await connection.query({ name, text, values })).rows as Row[];
  } catch (error) {
    if (!isReply(error)) broken = error as Error;
    throw error;
  } finally {
    // A connection that gave no reply is not used again.
    connection.release(broken);
  }
}

/** The pool that TypeORM queries. Its types do not name it. */
function poolOf(dataSource: DataSource): Pool {
  const { master } = dataSource.driver as unknown as { master?: Pool };
  if (master === undefined) throw new Error('Driver not Connected');
  return master;
}

/** Whether an error is PostgreSQL's own reply, after which the connection can be used. */
function isReply(error: unknown): boolean {
  const { severity } = Object(error) as { severity?: unknown };
  return severity === 'ERROR';
}

/**
 * Whether PostgreSQL refused a row: its values, a constraint, a trigger, or another transaction
 * that it would have to wait for. The statement had no effect, and other rows may be accepted.
 */
export function isRefusedRow(error: unknown): boolean {
  const { code } = Object(error) as { code?: unknown };
  return isReply(error) && typeof code === 'string' && /^(21|22|23|40|P0|55P03)/.test(code);
}
