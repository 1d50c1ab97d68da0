// Runs the built service as `npm start` does: in local mode, with its own DATA_DIR and port.

import { spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { makeDataDir, removeDataDir } from '../support/temporary-data-dir.ts';

const MAIN = fileURLToPath(new URL('../../dist/src/main.js', import.meta.url));
/** What the host's backend proves itself with. */
export const SERVICE_KEY = `cck_${randomBytes(32).toString('base64url')}`;
const START_MS = 90_000;
const STOP_MS = 25_000;

/**
 * @typedef {{ url: string, sandboxUrl: string, output: () => string, stop: () => Promise<void> }}
 *   RunningService
 */

/**
 * Starts the service and waits until it is ready.
 * @param {Record<string, string>} [more] variables beside the usual ones
 * @returns {Promise<RunningService>}
 * @throws Error with the output if it does not become ready
 */
export async function startService(more = {}) {
  const directory = await makeDataDir();
  const port = await freePort();
  const service = spawn(process.execPath, [MAIN], {
    cwd: directory, // so that a developer's .env is not read
    env: {
      PATH: process.env['PATH'] ?? '',
      HOME: process.env['HOME'] ?? '',
      PORT: String(port),
      DATA_DIR: join(directory, 'data'),
      LOG_LEVEL: 'warn',
      RATE_LIMIT_SYNC: '30',
      SERVICE_KEYS: `backend:${createHash('sha256').update(SERVICE_KEY).digest('hex')}`,
      PRODUCT_NAME: 'Acme Planner',
      PRODUCT_LOGO_URL: `http://localhost:${port}/integrations/page/icon.svg`,
      PRODUCT_ACCENT_COLOR: '#ffcc00',
      PRODUCT_HOME_URL: 'https://planner.example.com',
      ...more,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let printed = '';
  for (const stream of [service.stdout, service.stderr])
    stream.setEncoding('utf8').on('data', (text) => (printed += text));
  const ended = new Promise((resolve) => service.once('exit', resolve));

  async function stop() {
    service.kill('SIGTERM');
    const late = setTimeout(() => service.kill('SIGKILL'), STOP_MS);
    await ended;
    clearTimeout(late);
    await removeDataDir(directory);
  }

  try {
    const ready = await found(/^ready: (http\S+)\/integrations/m);
    return {
      url: ready,
      sandboxUrl: await found(/sandbox at (http\S+)/),
      output: () => printed,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }

  /** @param {RegExp} pattern @returns {Promise<string>} */
  async function found(pattern) {
    const until = Date.now() + START_MS;
    while (Date.now() < until && service.exitCode === null) {
      const match = pattern.exec(printed)?.[1];
      if (match !== undefined) return match;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    throw new Error(`The service did not become ready. It printed:\n${printed}`);
  }
}

/** A free port. The sandbox takes the next port if it is free. @returns {Promise<number>} */
function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, 'localhost', () => {
      const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
      server.close(() => resolve(port));
    });
  });
}
