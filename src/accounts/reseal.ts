// Seals stored tokens again with the newest key, so that an older key can be retired.

import type { DataSource, EntityManager } from 'typeorm';
import { rowsOf } from '../database/rows.js';
import { IntegrationError } from '../errors.js';
import { placeOfToken, type SealedPlace, type TokenCipher } from './token-cipher.js';

const AT_ONCE = 200;
const BEFORE_ALL = '00000000-0000-0000-0000-000000000000';

export interface Resealed {
  readonly resealed: number;
  /** Accounts whose tokens cannot be opened. They are left as they are. */
  readonly unreadable: readonly string[];
}

interface SealedRow {
  readonly id: string;
  readonly userId: string;
  readonly accessToken: string;
  readonly refreshToken: string;
}

/** Safe beside a running service: each row is locked while it changes. */
export async function resealTokens(dataSource: DataSource, cipher: TokenCipher): Promise<Resealed> {
  let resealed = 0;
  const unreadable: string[] = [];
  for (let last = BEFORE_ALL; ; ) {
    const rows = await dataSource.transaction(async (manager) => {
      const locked = await lockNext(manager, last);
      for (const row of locked) {
        const outcome = await resealRow(manager, cipher, row);
        if (outcome === 'resealed') resealed += 1;
        else if (outcome === 'unreadable') unreadable.push(row.id);
      }
      return locked;
    });
    last = rows.at(-1)?.id ?? last;
    if (rows.length < AT_ONCE) return { resealed, unreadable };
  }
}

function lockNext(manager: EntityManager, after: string): Promise<SealedRow[]> {
  return rowsOf<SealedRow>(
    manager,
    `SELECT id, user_id AS "userId", access_token AS "accessToken", refresh_token AS "refreshToken"
       FROM connected_accounts WHERE id > $1 ORDER BY id LIMIT ${AT_ONCE} FOR NO KEY UPDATE`,
    [after],
  );
}

async function resealRow(
  manager: EntityManager,
  cipher: TokenCipher,
  { id, userId, accessToken, refreshToken }: SealedRow,
): Promise<'resealed' | 'unreadable' | 'current'> {
  if (!cipher.isStale(accessToken) && !cipher.isStale(refreshToken)) return 'current';
  try {
    await manager.query(
      `UPDATE connected_accounts SET access_token = $2, refresh_token = $3 WHERE id = $1`,
      [
        id,
        reseal(cipher, accessToken, placeOfToken(id, 'access_token', userId)),
        reseal(cipher, refreshToken, placeOfToken(id, 'refresh_token', userId)),
      ],
    );
    return 'resealed';
  } catch (error) {
    if (error instanceof IntegrationError) return 'unreadable';
    throw error;
  }
}

function reseal(cipher: TokenCipher, envelope: string, place: SealedPlace): string {
  return cipher.seal(cipher.open(envelope, place), place);
}
