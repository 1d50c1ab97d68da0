// The secrets of local mode. They are generated once and kept in DATA_DIR, mode 0600.

import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  linkSync,
  mkdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';

/** The variables, as in an environment. */
type Secrets = Record<'JWT_SECRET' | 'SESSION_SECRET' | 'TOKEN_ENCRYPTION_KEYS', string>;

/**
 * The secrets of `dataDir`, generated when there are none. Two processes that start together use
 * the same ones.
 */
export function keepSecrets(dataDir: string): Secrets {
  mkdirSync(dataDir, { recursive: true, mode: 0o711 });
  const file = join(dataDir, 'secrets.json');
  if (!existsSync(file)) {
    const draft = `${file}.${process.pid}`;
    writeFileSync(draft, `${JSON.stringify(generateSecrets(), null, 2)}\n`, { mode: 0o600 });
    try {
      linkSync(draft, file); // fails when another process was first
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    } finally {
      rmSync(draft);
    }
  }
  chmodSync(file, 0o600);
  return JSON.parse(readFileSync(file, 'utf8')) as Secrets;
}

/** New secrets. */
export function generateSecrets(): Secrets {
  const random = () => randomBytes(32).toString('base64');
  return {
    JWT_SECRET: random(),
    SESSION_SECRET: random(),
    TOKEN_ENCRYPTION_KEYS: `local:${random()}`,
  };
}
