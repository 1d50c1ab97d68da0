// `npm run keys -- generate | rotate`: makes a token encryption key; seals every stored token with the newest one.

import { randomBytes } from 'node:crypto';
import { resealTokens } from './accounts/reseal.js';
import { TokenCipher } from './accounts/token-cipher.js';
import { loadTokenKeys } from './config.js';
import { createDataSource } from './database/options.js';
import { readEnvironment } from './environment.js';

const USAGE = `usage:
  npm run keys -- generate   prints a new key for TOKEN_ENCRYPTION_KEYS
  npm run keys -- rotate     seals every stored token with the first of TOKEN_ENCRYPTION_KEYS (needs DATABASE_URL)`;

function generate(): void {
  const id = `k${new Date().toISOString().slice(0, 10).replaceAll('-', '')}${randomBytes(2).toString('hex')}`;
  console.log(`${id}:${randomBytes(32).toString('base64')}`);
  console.error(
    'Put it at the end of TOKEN_ENCRYPTION_KEYS and restart every process, so that all of them can open what it seals; then at ' +
      'the front, restart again, run `npm run keys -- rotate`, and drop the old keys.',
  );
}

async function rotate(): Promise<void> {
  const environment = readEnvironment(process.env);
  const cipher = new TokenCipher(loadTokenKeys(environment));
  const url = environment['DATABASE_URL'];
  if (!url) throw new Error('DATABASE_URL is missing: rotation works on a running deployment');
  const dataSource = await createDataSource({ url, poolSize: 2 }).initialize();
  try {
    const { resealed, unreadable } = await resealTokens(dataSource, cipher);
    console.log(`${resealed} accounts sealed with the newest key`);
    if (unreadable.length > 0)
      throw new Error(
        `${unreadable.length} accounts do not open with any configured key, so keep the old keys: ${unreadable.join(', ')}`,
      );
    console.log(
      'no stored token is sealed with an older key any more: they can go in ten minutes, when no consent under way needs them',
    );
  } finally {
    await dataSource.destroy();
  }
}

const command = process.argv[2];
if (command === 'generate') generate();
else if (command === 'rotate')
  rotate().catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exit(1);
  });
else {
  console.error(USAGE);
  process.exit(2);
}
