// Whether a secret can be guessed: how little of it is left after compression.

import { constants, deflateRawSync } from 'node:zlib';

/** Of a secret of 32 bytes, fewer bytes than this are left only when it is made of patterns. */
const ENOUGH_BYTES = 24;
const FEWEST_DIFFERENT_BYTES = 6;

/**
 * What people write in place of a secret: rows of keys, words of examples, and the values that this
 * repository once used in tests. A secret made of pieces of this text counts as a pattern.
 */
const KNOWN_TEXT = Buffer.from(
  [
    'qwertyuiopasdfghjklzxcvbnm1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p',
    '0123456789abcdefghijklmnopqrstuvwxyz0123456789',
    'the secret of the benchmark, 32 bytes long',
    'a session secret of the tests: 32 bytes',
    'a secret of the tests, longer than 32 bytes',
    'this is a very long secret key that is at least 32 characters bytes long',
    'thisisaverylongsecretkeythatisatleast32characterslong',
    'replace-with-a-long-random-string-generate-with-openssl-rand-base64',
    'please-change-me-in-production changeit do-not-use-in-production',
    'my-super-secret-jwt-token-with-at-least-32-characters-long',
    'insert_your_secret_key_here replace_me_placeholder example_default_development_dummy_test',
    'your_session_secret your-256-bit-secret your-secret-key-here changeme_changeme',
    'supersecretpassword mysecretkey secret-secret',
  ].join('\n'),
);

/** LZ77 with the fixed code, so that only repetitions are shortened. A secret fits a small window. */
const COMPRESSION = { level: 9, strategy: constants.Z_FIXED, memLevel: 1 };

const bytesLeft = (bytes: Buffer): number =>
  deflateRawSync(bytes, { ...COMPRESSION, windowBits: 9 }).length;

const bytesLeftBesideKnownText = (bytes: Buffer): number =>
  deflateRawSync(bytes, { ...COMPRESSION, dictionary: KNOWN_TEXT }).length;

/** The distance of each byte to the next: a sequence becomes a repetition. */
const steps = (bytes: Buffer): Buffer =>
  Buffer.from(bytes.map((byte, index) => (index === 0 ? 0 : byte - (bytes[index - 1] ?? 0))));

const enoughOf = (length: number): number => Math.min(ENOUGH_BYTES, Math.floor(length * 0.75));

function isPattern(bytes: Buffer): boolean {
  if (new Set(bytes).size < FEWEST_DIFFERENT_BYTES) return true;
  const first = steps(bytes);
  return [bytes, first, steps(first)].some((form) => bytesLeft(form) < enoughOf(bytes.length));
}

/**
 * Whether the bytes of a key follow a pattern: fewer than 6 different bytes, repetitions, ascending
 * or descending sequences, or text made of known examples.
 */
export function isWeakKey(bytes: Buffer): boolean {
  const lowerCase = Buffer.from(bytes.toString('latin1').toLowerCase(), 'latin1');
  return isPattern(bytes) || bytesLeftBesideKnownText(lowerCase) < enoughOf(bytes.length);
}

/**
 * The same for a secret that is text. Where the text is hexadecimal or base64, what it encodes
 * counts too.
 */
export function isWeakSecret(secret: string): boolean {
  const encodings: BufferEncoding[] = [];
  if (/^([0-9a-f]{2})+$/i.test(secret)) encodings.push('hex');
  if (/^[A-Za-z0-9+/_-]+=*$/.test(secret)) encodings.push('base64');
  return (
    isWeakKey(Buffer.from(secret)) ||
    encodings.some((encoding) => isPattern(Buffer.from(secret, encoding)))
  );
}
