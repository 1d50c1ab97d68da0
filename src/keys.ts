// `npm run keys -- generate | rotate | service NAME`: makes keys; encrypts every stored token again.

import { randomBytes } from 'node:crypto';
import { resealTokens } from './accounts/reseal.js';
import { sealerOf } from './accounts/sealer.js';
import { TokenCipher } from './accounts/token-cipher.js';
import { BY_SYSTEM } from './audit/audit-words.js';
import { recordAudit } from './audit/record-audit.js';
import { loadTokenKeys } from './config.js';
import { createDataSource } from './database/options.js';
import { readEnvironment } from './environment.js';
import { hashOfServiceKey, makeServiceKey } from './http/service-keys.js';
import { resealSecrets, SECRETS_TABLE } from './notifications/endpoint-secrets.js';
import { isServiceName } from './settings/sign-in-settings.js';

const USAGE = `usage:
  npm run keys -- generate       prints a new key for TOKEN_ENCRYPTION_KEYS
  npm run keys -- rotate         encrypts every stored token with the first of these keys;
                                 needs DATABASE_URL
  npm run keys -- service NAME   prints a new key for a backend, and its entry of SERVICE_KEYS`;

/** Prints the key alone on standard output, and the next steps on standard error. */
function generate(): void {
  const day = new Date().toISOString().slice(0, 10).replaceAll('-', '');
  const id = `k${day}${randomBytes(2).toString('hex')}`;
  console.log(`${id}:${randomBytes(32).toString('base64')}`);
  console.error(`To use the key:
  1. Put it at the end of TOKEN_ENCRYPTION_KEYS and restart every process.
     Now all of them can decrypt with it.
  2. Move it to the front and restart every process. Now all of them encrypt with it.
  3. Run \`npm run keys -- rotate\`. Then remove the old keys.`);
}

/** Prints the key and its entry on standard output, and the next steps on standard error. */
function service(name: string): void {
  const key = makeServiceKey();
  console.log(key);
  console.log(`${name}:${hashOfServiceKey(key).toString('hex')}`);
  console.error(`The first line is the key. It is shown only now. Give it to the backend as a secret: it may
do everything for every user. It is sent as \`Authorization: Bearer cck_…\`.
The second line is its entry. Add it to SERVICE_KEYS (comma-separated), and restart every process.
To replace a key, add the new entry first. Remove the old one when no backend uses it.`);
}

/** Says which rows no key opens; null where there are none. */
function unreadableOnes(
  what: string,
  { unreadable }: { readonly unreadable: readonly string[] },
): string | null {
  if (unreadable.length === 0) return null;
  return (
    `${unreadable.length} ${what} cannot be decrypted with any configured key. ` +
    `Keep the old keys. Their ids: ${unreadable.join(', ')}`
  );
}

/** Encrypts every stored token with the newest key. @throws Error when one cannot be decrypted */
async function rotate(): Promise<void> {
  const environment = readEnvironment(process.env);
  const cipher = new TokenCipher(loadTokenKeys(environment));
  const url = environment['DATABASE_URL'];
  if (!url) throw new Error('DATABASE_URL is missing. Set it to the database of the deployment.');
  const dataSource = await createDataSource({ url, poolSize: 2 }).initialize();
  try {
    const accounts = await resealTokens(dataSource, cipher);
    const endpoints = await resealSecrets(dataSource, sealerOf(cipher, SECRETS_TABLE));
    const unreadable = accounts.unreadable.length + endpoints.unreadable.length;
    await recordAudit(dataSource, {
      action: 'keys.rotate',
      by: BY_SYSTEM,
      userId: null,
      outcome: unreadable > 0 ? 'failed' : 'success',
      details: { resealed: accounts.resealed, endpoints: endpoints.resealed, unreadable },
    });
    console.log(`${accounts.resealed} accounts encrypted with the newest key.`);
    if (endpoints.resealed > 0)
      console.log(`${endpoints.resealed} webhook endpoints encrypted with the newest key.`);
    if (unreadable > 0)
      throw new Error(
        [unreadableOnes('accounts', accounts), unreadableOnes('webhook endpoints', endpoints)]
          .filter((message) => message !== null)
          .join('\n'),
      );
    console.log(
      'No stored token needs an older key. Remove the old keys in ten minutes, ' +
        'when no running consent needs them.',
    );
  } finally {
    await dataSource.destroy();
  }
}

const [, , command, name = '', ...rest] = process.argv;
if (command === 'generate') generate();
else if (command === 'service' && isServiceName(name) && rest.length === 0) service(name);
else if (command === 'rotate')
  rotate().catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exit(1);
  });
else {
  if (command === 'service')
    console.error('NAME has 1 to 64 letters, digits and . _ -, for example billing-backend.');
  console.error(USAGE);
  process.exit(2);
}
