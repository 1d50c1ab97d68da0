/**
 * Repeatable random values: the same seed gives the same ids, and a restart continues the sequence.
 */
import { createHash } from 'node:crypto';

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

/** The alphabets of the providers' ids and tokens. */
export const ALPHABET = {
  base62: LETTERS,
  base64url: `${LETTERS}-_`,
  hex: '0123456789abcdef',
  base32hex: '0123456789abcdefghijklmnopqrstuv',
};

/** A numbered stream of SHA-256 blocks. `drawn`, the number of blocks used, is its whole state. */
export class Random {
  readonly #seed: string;
  drawn: number;

  constructor(seed: string, drawn = 0) {
    this.#seed = seed;
    this.drawn = drawn;
  }

  #block(): Buffer {
    this.drawn += 1;
    return createHash('sha256').update(`${this.#seed}:${this.drawn}`).digest();
  }

  /** A text of `length` characters of an alphabet. */
  text(length: number, alphabet: string = ALPHABET.base64url): string {
    let text = '';
    while (text.length < length) {
      for (const byte of this.#block())
        if (text.length < length) text += alphabet.charAt(byte % alphabet.length);
    }
    return text;
  }

  /** An integer from 0 to `below` - 1. */
  number(below: number): number {
    return this.#block().readUInt32BE(0) % below;
  }

  /** A version 4 UUID. */
  uuid(): string {
    const hex = this.text(32, ALPHABET.hex);
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20)}`;
  }
}

/** A short hash of a text: always the same for the same text. */
export function digest(text: string, length: number, alphabet: string = ALPHABET.base62): string {
  let result = '';
  for (let round = 0; result.length < length; round += 1) {
    for (const byte of createHash('sha256').update(`${round}:${text}`).digest()) {
      if (result.length < length) result += alphabet.charAt(byte % alphabet.length);
    }
  }
  return result;
}
