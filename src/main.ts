// The process: reads the environment, builds the service, listens, and stops on SIGTERM.

import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { collectDefaultMetrics } from 'prom-client';
import type { StandIns } from '../local/stand-ins.js';
import { createGarbageCollection } from './collect-garbage.js';
import { type Config, loadConfig } from './config.js';
import { type Environment, isProduction, readEnvironment } from './environment.js';
import { basePathOf } from './http/mount.js';
import { close, listen } from './http-server.js';
import { createLogger } from './logger.js';
import { createService } from './service.js';
import { ConfigError } from './settings/problems.js';
import { warningsOf } from './settings.js';
import { createStandalone } from './standalone.js';
import { within } from './within.js';

/** For running requests and pages. Orchestrators kill a process after ten seconds. */
const DRAIN_MS = 8_000;
/** For the stores, which may not answer. */
const CLOSE_MS = 1_500;
/** Longer than a whole stop, including that of local mode's database. */
const STOP_DEADLINE_MS = 20_000;

/** The published package does not contain local/. */
const LOCAL_MODE_IS_MISSING =
  'The installed package has no local mode. Set NODE_ENV=production and configure every part.';

/** Starts the embedded parts of local mode. @throws ConfigError */
async function startLocalMode(environment: Environment): Promise<StandIns> {
  const { standIn } = await import('../local/stand-ins.js').catch(
    (error: NodeJS.ErrnoException) => {
      if (error.code !== 'ERR_MODULE_NOT_FOUND' || !error.message.includes('stand-ins'))
        throw error;
      throw new Error(LOCAL_MODE_IS_MISSING, { cause: error });
    },
  );
  return standIn(environment, (line) => console.log(`  ${line}`));
}

/** A function that stops everything and exits. Only its first call has an effect. */
function endOnce(stop: () => Promise<void>): (code: number, why: string) => void {
  let ending = false;
  return (code, why) => {
    if (ending) return;
    ending = true;
    console.log(`stopping: ${why}`);
    setTimeout(() => process.exit(code || 1), STOP_DEADLINE_MS).unref();
    stop().then(
      () => process.exit(code),
      () => process.exit(1),
    );
  };
}

async function main(): Promise<void> {
  const own = readEnvironment(process.env);
  const standIns = isProduction(own) ? null : await startLocalMode(own);
  const releases: (() => Promise<void>)[] = standIns === null ? [] : [() => standIns.stop()];
  const stop = async () => {
    for (const release of releases.splice(0).reverse()) await release();
  };
  const end = endOnce(stop);
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => end(0, signal));

  try {
    const config = loadConfig(standIns?.environment ?? own);
    const logger = createLogger(config.logLevel);
    for (const warning of warningsOf(own)) logger.warn(warning);
    for (const event of ['uncaughtException', 'unhandledRejection'] as const)
      process.on(event, (error) => {
        logger.fatal({ err: error }, event);
        end(1, event);
      });
    const service = createService(config, {
      logger,
      demoSignIn: standIns?.demoSignIn ?? false,
      collectGarbage: createGarbageCollection(),
    });
    collectDefaultMetrics({ register: service.metrics });
    await service.start();
    releases.push(() => within(CLOSE_MS, service.stop(), () => {}));
    releases.push(() => service.drain());
    const server = await listen(createStandalone(config, service), config.port, config.host);
    releases.push(async () => void (await Promise.all([close(server, DRAIN_MS), service.drain()])));
    announce(config, standIns, server);
  } catch (error) {
    await stop();
    throw error;
  }
}

function announce(config: Config, standIns: StandIns | null, server: Server): void {
  for (const { part, what, toMakeReal } of standIns?.parts ?? []) {
    const hint = toMakeReal === null ? '' : `  (to make it real: ${toMakeReal})`;
    console.log(`  ${part.padEnd(10)} ${what}${hint}`);
  }
  const { port } = server.address() as AddressInfo;
  const local = `http://${config.host ?? 'localhost'}:${port}${basePathOf(config.publicUrl)}`;
  const url = standIns === null ? config.publicUrl : local;
  console.log(`\nready: ${url}/integrations (role ${config.role}, port ${port})`);
}

main().catch((error: unknown) => {
  const { code, port } = error as NodeJS.ErrnoException & { port?: number };
  if (error instanceof ConfigError) console.error(error.message);
  else if (code === 'EADDRINUSE')
    console.error(`Port ${port} is already in use. Set PORT to another port.`);
  else
    console.error(
      'calendar-connect could not start:',
      error instanceof Error ? error.stack : error,
    );
  process.exit(1);
});
