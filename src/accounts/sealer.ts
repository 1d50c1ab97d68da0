// Lets another room seal secrets of its own with the token keys, without opening any token.

import type { TokenCipher } from './token-cipher.js';

/** Seals the values of one table. A value opens only in the row and column it was sealed for. */
export interface Sealer {
  seal(plaintext: string, rowId: string, column: string): string;
  /** @throws IntegrationError `token_key_missing`, `token_unreadable` */
  open(envelope: string, rowId: string, column: string): string;
  /** Whether it was sealed with an older key than the newest. */
  isStale(envelope: string): boolean;
}

const OWN_TABLES: readonly string[] = ['connected_accounts', 'authorization_attempts'];

/** A sealer for a table of another room. @throws Error for a table that has tokens */
export function sealerOf(cipher: TokenCipher, table: string): Sealer {
  if (OWN_TABLES.includes(table)) throw new Error(`${table} has tokens`);
  const place = (rowId: string, column: string) => ({ table, rowId, column, userId: '' });
  return {
    seal: (plaintext, rowId, column) => cipher.seal(plaintext, place(rowId, column)),
    open: (envelope, rowId, column) => cipher.open(envelope, place(rowId, column)),
    isStale: (envelope) => cipher.isStale(envelope),
  };
}
