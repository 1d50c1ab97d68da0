// Encrypts tokens at rest with AES-256-GCM. The envelope names its key, and the row and column of a
// token are authenticated with it.

import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  hkdfSync,
  type KeyObject,
} from 'node:crypto';
import { IntegrationError } from '../errors.js';
import { randomOf } from '../random.js';

const VERSION = 'v1';
const ENVELOPE = /^v1\.([A-Za-z0-9_-]{1,32})\.([A-Za-z0-9_-]*)$/;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** Where a sealed token lies. A ciphertext moved to another row, column or user does not open. */
export interface SealedPlace {
  readonly table: string;
  readonly rowId: string;
  readonly column: string;
  readonly userId: string;
}

/** The place of a connected account's token. */
export function placeOfToken(
  accountId: string,
  column: 'access_token' | 'refresh_token',
  userId: string,
): SealedPlace {
  return { table: 'connected_accounts', rowId: accountId, column, userId };
}

export interface SealingKey {
  readonly id: string;
  readonly key: KeyObject;
}

/** Envelope: `v1.{key id}.{base64url of nonce, ciphertext and tag}`. */
export class TokenCipher {
  private readonly keys: ReadonlyMap<string, KeyObject>;
  private readonly newest: SealingKey;

  /** @param keys newest first: the first seals, all open */
  constructor(keys: readonly SealingKey[]) {
    const [newest] = keys;
    if (newest === undefined) throw new Error('TokenCipher needs at least one key');
    this.newest = newest;
    this.keys = new Map(keys.map(({ id, key }) => [id, key]));
  }

  /**
   * What stands in place of an erased user's id. Without the newest key no one can find out whose it
   * is; with another key the same user has another one.
   */
  pseudonymOf(userId: string): string {
    const key = hkdfSync('sha256', this.newest.key, '', 'erased user', 32);
    const hash = createHmac('sha256', Buffer.from(key)).update(userId).digest('base64url');
    return `erased:${hash}`;
  }

  seal(plaintext: string, place: SealedPlace): string {
    const nonce = randomOf(NONCE_BYTES);
    const cipher = createCipheriv('aes-256-gcm', this.newest.key, nonce, {
      authTagLength: TAG_BYTES,
    });
    cipher.setAAD(additionalData(this.newest.id, place));
    const sealed = Buffer.concat([
      nonce,
      cipher.update(plaintext, 'utf8'),
      cipher.final(),
      cipher.getAuthTag(),
    ]);
    return `${VERSION}.${this.newest.id}.${sealed.toString('base64url')}`;
  }

  /**
   * @throws IntegrationError `token_key_missing` when the key is not configured, which the operator
   * can fix; `token_unreadable` when the envelope was altered, cut or moved
   */
  open(envelope: string, place: SealedPlace): string {
    const [, keyId, body] = ENVELOPE.exec(envelope) ?? [];
    if (keyId === undefined || body === undefined)
      throw new IntegrationError('token_unreadable', { reason: 'not an envelope' });
    const key = this.keys.get(keyId);
    if (key === undefined)
      throw new IntegrationError('token_key_missing', { reason: `key ${JSON.stringify(keyId)}` });
    const bytes = Buffer.from(body, 'base64url');
    if (bytes.length < NONCE_BYTES + TAG_BYTES)
      throw new IntegrationError('token_unreadable', { reason: 'envelope cut short' });
    try {
      const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, NONCE_BYTES), {
        authTagLength: TAG_BYTES,
      });
      decipher.setAAD(additionalData(keyId, place));
      decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
      return (
        decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES), undefined, 'utf8') +
        decipher.final('utf8')
      );
    } catch (cause) {
      throw new IntegrationError('token_unreadable', { reason: 'authentication failed', cause });
    }
  }

  /** Whether `envelope` was sealed with an older key than the newest. */
  isStale(envelope: string): boolean {
    return !envelope.startsWith(`${VERSION}.${this.newest.id}.`);
  }
}

/** Each part with its length in front, so that no two places can spell the same bytes. */
function additionalData(keyId: string, place: SealedPlace): Buffer {
  const parts = [VERSION, keyId, place.table, place.rowId, place.column, place.userId];
  const lengths = parts.map((part) => Buffer.byteLength(part));
  const data = Buffer.allocUnsafe(lengths.reduce((size, length) => size + 4 + length, 0));
  let at = 0;
  for (const [index, part] of parts.entries()) {
    at = data.writeUInt32BE(lengths[index] as number, at);
    at += data.write(part, at);
  }
  return data;
}
