// Where the queue runs its statements: on TypeORM's pool, or within the caller's transaction.

import type { DataSource, EntityManager } from 'typeorm';

/** What pg-boss needs of a database. */
export interface QueueConnection {
  executeSql(text: string, values?: unknown[]): Promise<{ rows: unknown[] }>;
}

/** TypeORM's pool. It must outlive the queue. */
export function sharedConnections(dataSource: DataSource, onAnswer: () => void): QueueConnection {
  interface Pool {
    query(text: string, values?: unknown[]): Promise<{ rows?: unknown[] } | { rows?: unknown[] }[]>;
  }
  return {
    async executeSql(text, values) {
      const { master } = dataSource.driver as unknown as { master: Pool };
      const result = await master.query(text, values);
      onAnswer();
      // Several statements at once give several results.
      return { rows: [result].flat().flatMap(({ rows }) => rows ?? []) };
    },
  };
}

/** The connection of a transaction. @throws Error outside of one */
export function inTransaction(manager: EntityManager): QueueConnection {
  const { queryRunner } = manager;
  if (!queryRunner?.isTransactionActive) throw new Error('A job is sent inside a transaction.');
  return {
    executeSql: async (text, values) => ({
      rows: (await queryRunner.query(text, values, true)).records ?? [],
    }),
  };
}
