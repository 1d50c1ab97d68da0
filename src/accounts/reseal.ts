// Seals stored tokens anew with the newest key, so that an older one can be retired.

import type { DataSource } from 'typeorm';
import { IntegrationError } from '../errors.js';
import { placeOfToken, type TokenCipher } from './token-cipher.js';

const AT_ONCE = 200;

export interface Resealed {
  readonly resealed: number;
  /** Accounts whose tokens do not open: left as they are. */
  readonly unreadable: readonly string[];
}

/** Safe beside a running service: rows are locked while they change, and a row locked by a refresh is waited for. */
export async function resealTokens(dataSource: DataSource, cipher: TokenCipher): Promise<Resealed> {
  let resealed = 0;
  const unreadable: string[] = [];
  for (let last = '00000000-0000-0000-0000-000000000000'; ; ) {
    const count = await dataSource.transaction(async (manager) => {
      const rows: { id: string; user_id: string; access_token: string; refresh_token: string }[] =
        await manager.query(
          `SELECT id, user_id, access_token, refresh_token FROM connected_accounts WHERE id > $1 ORDER BY id LIMIT ${AT_ONCE} FOR NO KEY UPDATE`,
          [last],
        );
      for (const row of rows) {
        last = row.id;
        if (!cipher.isStale(row.access_token) && !cipher.isStale(row.refresh_token)) continue;
        try {
          await manager.query(
            `UPDATE connected_accounts SET access_token = $2, refresh_token = $3 WHERE id = $1`,
            [
              row.id,
              reseal(cipher, row.access_token, placeOfToken(row.id, 'access_token', row.user_id)),
              reseal(cipher, row.refresh_token, placeOfToken(row.id, 'refresh_token', row.user_id)),
            ],
          );
          resealed += 1;
        } catch (error) {
          if (!(error instanceof IntegrationError)) throw error;
          unreadable.push(row.id);
        }
      }
      return rows.length;
    });
    if (count < AT_ONCE) return { resealed, unreadable };
  }
}

function reseal(
  cipher: TokenCipher,
  envelope: string,
  place: ReturnType<typeof placeOfToken>,
): string {
  return cipher.seal(cipher.open(envelope, place), place);
}
