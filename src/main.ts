// The process: read the environment, build, migrate, listen, stop on SIGTERM. One host of the router among others.

import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { collectDefaultMetrics } from 'prom-client';
import type { StandIns } from '../local/stand-ins.js';
import { type Config, loadConfig } from './config.js';
import { isProduction, readEnvironment } from './environment.js';
import { createLogger } from './logger.js';
import { createService, type Service } from './service.js';
import { ConfigError } from './settings/problems.js';
import { createStandalone } from './standalone.js';

/** For requests and pages under way: orchestrators kill after ten seconds. */
const DRAIN_MS = 8_000;
/** For the stores, which may not answer. */
const CLOSE_MS = 1_500;
/** Longer than all of a stop, local mode's own database included. */
const STOP_DEADLINE_MS = 20_000;

/** The published package leaves local/ out. */
const LOCAL_MODE_IS_MISSING =
  'local mode is not part of the installed package: set NODE_ENV=production and configure every part';

function listen(config: Config, service: Service): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer(createStandalone(config, service));
    server.once('error', reject);
    server.listen({ port: config.port, host: config.host ?? undefined }, () => resolve(server));
    server.headersTimeout = 20_000;
    server.requestTimeout = 30_000;
    server.keepAliveTimeout = 65_000;
  });
}

/** Stops taking requests, lets those under way finish. */
function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    // A connection whose answer has just been given is idle, and would be waited for.
    const idle = setInterval(() => server.closeIdleConnections(), 100);
    const late = setTimeout(() => server.closeAllConnections(), DRAIN_MS);
    server.close(() => {
      clearInterval(idle);
      clearTimeout(late);
      resolve();
    });
    server.closeIdleConnections();
  });
}

/** Waits for `step`, but not for ever. */
function atMost(milliseconds: number, step: Promise<void>): Promise<void> {
  return Promise.race([
    step,
    new Promise<void>((resolve) => setTimeout(resolve, milliseconds).unref()),
  ]);
}

async function main(): Promise<void> {
  let environment = readEnvironment(process.env);
  let standIns: StandIns | null = null;
  if (!isProduction(environment)) {
    const { standIn } = await import('../local/stand-ins.js').catch(
      (error: NodeJS.ErrnoException) => {
        if (error.code !== 'ERR_MODULE_NOT_FOUND' || !error.message.includes('stand-ins'))
          throw error;
        throw new Error(LOCAL_MODE_IS_MISSING, { cause: error });
      },
    );
    standIns = await standIn(environment, (line) => console.log(`  ${line}`));
    environment = standIns.environment;
  }
  const releases: (() => Promise<void>)[] = standIns === null ? [] : [() => standIns.stop()];
  const stop = async () => {
    for (const release of releases.splice(0).reverse()) await release();
  };
  let ending = false;
  const end = (code: number, why: string) => {
    if (ending) return;
    ending = true;
    console.log(`stopping: ${why}`);
    setTimeout(() => process.exit(code || 1), STOP_DEADLINE_MS).unref();
    stop().then(
      () => process.exit(code),
      () => process.exit(1),
    );
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => end(0, signal));

  try {
    const config = loadConfig(environment);
    const logger = createLogger(config.logLevel);
    for (const event of ['uncaughtException', 'unhandledRejection'] as const)
      process.on(event, (error) => {
        logger.fatal({ err: error }, event);
        end(1, event);
      });
    const service = createService(config, { logger, demoSignIn: standIns?.demoSignIn ?? false });
    collectDefaultMetrics({ register: service.metrics });
    await service.start();
    releases.push(() => atMost(CLOSE_MS, service.stop()));
    releases.push(() => service.drain());
    const server = await listen(config, service);
    releases.push(async () => void (await Promise.all([close(server), service.drain()])));
    announce(config, standIns, (server.address() as AddressInfo).port);
  } catch (error) {
    await stop();
    throw error;
  }
}

function announce(config: Config, standIns: StandIns | null, port: number): void {
  for (const { part, what, toMakeReal } of standIns?.parts ?? [])
    console.log(
      `  ${part.padEnd(10)} ${what}${toMakeReal === null ? '' : `  (to make it real: ${toMakeReal})`}`,
    );
  const url = standIns === null ? config.publicUrl : `http://${config.host ?? 'localhost'}:${port}`;
  console.log(`\nready: ${url}/integrations (role ${config.role}, port ${port})`);
}

main().catch((error: unknown) => {
  if (error instanceof ConfigError) console.error(error.message);
  else if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE')
    console.error(`Port ${(error as { port?: number }).port} is taken: set PORT to another.`);
  else
    console.error(
      'calendar-connect could not start:',
      error instanceof Error ? (error.stack ?? error.message) : error,
    );
  process.exit(1);
});
