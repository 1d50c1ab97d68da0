// Secrets that are easy to guess stop the start. Random ones and passphrases never do.

import { randomBytes, randomInt } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { loadConfig, loadTokenKeys } from '../../src/config.js';
import type { Environment } from '../../src/environment.js';
import { ConfigError } from '../../src/settings/problems.js';
import { isWeakKey, isWeakSecret } from '../../src/settings/weak-secret.js';
import { JWT_SECRET, SESSION_SECRET, TOKEN_KEY } from '../support/secrets.js';

const COMPLETE: Environment = {
  DATABASE_URL: 'postgres://localhost/x',
  REDIS_URL: 'redis://localhost',
  JWT_SECRET,
  SESSION_SECRET,
  TOKEN_ENCRYPTION_KEYS: `one:${TOKEN_KEY}`,
  OAUTH_REDIRECT_BASE_URL: 'https://calendars.example.com/',
  FRONTEND_BASE_URL: 'https://app.example.com/product/',
  GOOGLE_CLIENT_ID: 'id',
  GOOGLE_CLIENT_SECRET: 'secret',
};

function problemsOf(load: () => unknown): readonly string[] {
  try {
    load();
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
}

const key = (byteAt: (index: number) => number) =>
  Buffer.from(Array.from({ length: 32 }, (_, index) => byteAt(index)));

const WEAK_KEYS: readonly [string, Buffer][] = [
  ['zeros', Buffer.alloc(32)],
  ['one byte', Buffer.alloc(32, 7)],
  ['two bytes in turn', key((index) => (index % 2) * 255)],
  ['a pattern of four bytes', key((index) => [1, 77, 3, 200][index % 4] ?? 0)],
  ['a random pattern of eight bytes', Buffer.concat(Array(4).fill(randomBytes(8)))],
  ['a random half, twice', Buffer.concat(Array(2).fill(randomBytes(16)))],
  ['two halves of one byte each', Buffer.concat([Buffer.alloc(16, 1), Buffer.alloc(16, 2)])],
  ['a random half and zeros', Buffer.concat([randomBytes(16), Buffer.alloc(16)])],
  ['an ascending sequence', key((index) => index)],
  ['a descending sequence', key((index) => 255 - index)],
  ['an ascending sequence in steps of three', key((index) => index * 3)],
  ['squares', key((index) => index * index)],
  ['hexadecimal digits in order', Buffer.from('0123456789abcdef0123456789abcdef')],
  ['known text', Buffer.from('your-super-secret-key-change-me!')],
];

const WEAK_SECRETS = [
  'x'.repeat(32),
  'ab'.repeat(16),
  'abc123'.repeat(6),
  'password'.repeat(4),
  'deadbeef'.repeat(8),
  '0123456789abcdef'.repeat(2),
  '12345678901234567890123456789012',
  'abcdefghijklmnopqrstuvwxyzABCDEF',
  'zyxwvutsrqponmlkjihgfedcba987654',
  'qwertyuiopasdfghjklzxcvbnm123456',
  '00112233445566778899aabbccddeeff',
  `${'A'.repeat(43)}=`,
  `${'0'.repeat(63)}1`,
  Buffer.from(Array.from({ length: 32 }, (_, index) => index)).toString('base64'),
  Buffer.from(Array.from({ length: 32 }, (_, index) => index)).toString('hex'),
  'changeme-changeme-changeme-changeme',
  'SUPER_SECRET_KEY_CHANGE_ME_IN_PRODUCTION',
  'replace-this-with-a-real-secret-value',
  'a session secret of the tests: 32 bytes',
];

describe('secrets that are easy to guess', () => {
  test.each(WEAK_KEYS)('an encryption key of %s stops the start', (_, bytes) => {
    const given = { TOKEN_ENCRYPTION_KEYS: `one:${TOKEN_KEY},old:${bytes.toString('base64')}` };
    for (const NODE_ENV of ['production', undefined])
      expect(problemsOf(() => loadConfig({ ...COMPLETE, ...given, NODE_ENV }))).toEqual([
        expect.stringMatching(
          /^TOKEN_ENCRYPTION_KEYS contains the key old, which is easy to guess.* How to make one: /,
        ),
      ]);
  });

  test.each(WEAK_SECRETS)('the secret %s stops the start', (secret) => {
    const both = { JWT_SECRET: secret, SESSION_SECRET: `${SESSION_SECRET},${secret}` };
    for (const NODE_ENV of ['production', undefined]) {
      const problems = problemsOf(() => loadConfig({ ...COMPLETE, ...both, NODE_ENV }));
      expect(problems).toEqual([
        expect.stringMatching(/^JWT_SECRET is easy to guess.*openssl rand/),
        expect.stringMatching(/^SESSION_SECRET is easy to guess.*openssl rand/),
      ]);
      expect(problems.join()).not.toContain(secret);
    }
  });

  test('the program that replaces keys can still read an old one that is easy to guess', () => {
    const weak = `old:${Buffer.alloc(32, 7).toString('base64')}`;
    const given = { TOKEN_ENCRYPTION_KEYS: `one:${TOKEN_KEY},${weak}` };
    expect(loadTokenKeys(given).map(({ id }) => id)).toEqual(['one', 'old']);
    expect(problemsOf(() => loadTokenKeys({ TOKEN_ENCRYPTION_KEYS: weak }))).toHaveLength(1);
  });
});

describe('secrets that are not easy to guess', () => {
  test('no random key of 100,000 is refused', () => {
    let refused = 0;
    for (let count = 0; count < 100_000; count++) if (isWeakKey(randomBytes(32))) refused++;
    expect(refused).toBe(0);
  }, 120_000);

  const digits = (length: number) => Array.from({ length }, () => randomInt(10)).join('');
  test.each<[string, () => string]>([
    ['32 hexadecimal digits', () => randomBytes(16).toString('hex')],
    ['64 hexadecimal digits', () => randomBytes(32).toString('hex')],
    ['32 bytes in base64', () => randomBytes(32).toString('base64')],
    ['48 bytes in base64url', () => randomBytes(48).toString('base64url')],
    ['32 characters of base64', () => randomBytes(24).toString('base64')],
    ['36 decimal digits', () => digits(36)],
  ])('no random secret of %s is refused', (_, make) => {
    const secrets = Array.from({ length: 2_000 }, make);
    expect(secrets.filter(isWeakSecret)).toEqual([]);
  });

  test.each([
    'correct horse battery staple, and a violin',
    'the quick brown fox jumps over the lazy dog',
    'My grandmother baked plum cake on Sundays in 1974',
    'Ключи от квартиры лежат под ковриком',
    'purple-monkey-dishwasher-antelope-radio',
    'It was a bright cold day in April, and the clocks were striking thirteen.',
  ])('the passphrase "%s" is accepted', (passphrase) => {
    expect(isWeakSecret(passphrase)).toBe(false);
  });
});
