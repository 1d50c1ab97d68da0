// The secrets that sign webhooks: made, sealed, opened, and sealed again with the newest key.

import { randomBytes } from 'node:crypto';
import type { DataSource } from 'typeorm';
import type { Sealer } from '../accounts/sealer.js';
import { rowsOf } from '../database/rows.js';
import { IntegrationError } from '../errors.js';

/** The table whose values the sealer seals. */
export const SECRETS_TABLE = 'webhook_endpoints';

/** A new secret, as Standard Webhooks writes it. */
export function newSecret(): string {
  return `whsec_${randomBytes(32).toString('base64')}`;
}

/** An endpoint's sealed secrets. */
export interface SealedSecrets {
  readonly id: string;
  readonly secret: string | null;
  /** Null also where it has ended. */
  readonly previousSecret: string | null;
}

/** What signs now, the newest first. @throws IntegrationError `token_key_missing` */
export function secretsOf({ id, secret, previousSecret }: SealedSecrets, sealer: Sealer): string[] {
  return [secret, previousSecret]
    .filter((sealed) => sealed !== null)
    .map((sealed) => sealer.open(sealed, id, 'secret'));
}

/** What {@link resealSecrets} did. */
export interface ResealedSecrets {
  /** How many endpoints changed. */
  readonly resealed: number;
  /** Endpoints whose secrets cannot be opened. They are left as they are. */
  readonly unreadable: readonly string[];
}

/** Seals every secret with the newest key. */
export async function resealSecrets(
  dataSource: DataSource,
  sealer: Sealer,
): Promise<ResealedSecrets> {
  return dataSource.transaction(async (manager) => {
    const rows = await rowsOf<SealedSecrets>(
      manager,
      `SELECT id, secret, previous_secret AS "previousSecret" FROM webhook_endpoints
        WHERE secret IS NOT NULL FOR NO KEY UPDATE`,
    );
    let resealed = 0;
    const unreadable: string[] = [];
    for (const { id, secret, previousSecret } of rows) {
      if ([secret, previousSecret].every((one) => one === null || !sealer.isStale(one))) continue;
      const again = (one: string | null) =>
        one === null ? null : sealer.seal(sealer.open(one, id, 'secret'), id, 'secret');
      let sealed: (string | null)[];
      try {
        sealed = [again(secret), again(previousSecret)];
      } catch (error) {
        if (!(error instanceof IntegrationError)) throw error;
        unreadable.push(id);
        continue;
      }
      await manager.query(
        `UPDATE webhook_endpoints SET secret = $2, previous_secret = $3 WHERE id = $1`,
        [id, ...sealed],
      );
      resealed += 1;
    }
    return { resealed, unreadable };
  });
}
