/** The service as a process of its own, run from the sources unless another program is named. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { freePort } from '../../local/postmaster.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

const FROM_SOURCES = ['--import', './scripts/typescript.mjs', 'src/main.ts'];

interface ProcessOptions {
  readonly port?: number;
  /** The tree that the program runs in. */
  readonly root?: string;
  /** Arguments for Node. */
  readonly program?: readonly string[];
}

export interface ServiceProcess {
  readonly url: string;
  readonly child: ChildProcess;
  /** The output so far. */
  readonly output: () => string;
  /** Resolves when the service listens. @throws Error with the output when it ends before */
  readonly ready: Promise<void>;
  /** Resolves with the exit code, or the signal that ended the process. */
  readonly ended: Promise<number | NodeJS.Signals>;
  /** Kills the process if it is still running. */
  dispose(): Promise<void>;
}

/**
 * @param environment the whole environment except PATH and PORT; a function receives the service's
 * URL
 */
export async function startProcess(
  environment: Record<string, string> | ((url: string) => Record<string, string>),
  { port, root = ROOT, program = FROM_SOURCES }: ProcessOptions = {},
): Promise<ServiceProcess> {
  const chosen = port ?? (await freePort());
  const url = `http://127.0.0.1:${chosen}`;
  const child = spawn(process.execPath, program, {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env['PATH'],
      HOST: '127.0.0.1',
      PORT: String(chosen),
      ...(typeof environment === 'function' ? environment(url) : environment),
    },
  });
  let output = '';
  const ended = once(child, 'close').then(
    ([code, signal]) => (code ?? signal) as number | NodeJS.Signals,
  );
  const ready = new Promise<void>((resolve, reject) => {
    const hear = (data: Buffer) => {
      output += data;
      if (output.includes('\nready: ')) resolve();
    };
    child.stdout.on('data', hear);
    child.stderr.on('data', hear);
    void ended.then((how) =>
      reject(new Error(`the service ended (${how}) before it was ready:\n${output}`)),
    );
  });
  ready.catch(() => {});
  return {
    url,
    child,
    output: () => output,
    ready,
    ended,
    async dispose() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}
