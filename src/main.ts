// The process: read the environment, build, migrate, listen, stop on SIGTERM. One host of the router among others.

import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { collectDefaultMetrics } from 'prom-client';
import { type Config, ConfigError, loadConfig } from './config.js';
import { isProduction, readEnvironment } from './environment.js';
import type { StandIns } from './local/stand-ins.js';
import { createLogger } from './logger.js';
import { createService, type Service } from './service.js';
import { createStandalone } from './standalone.js';

/** Longer than the longest step of a stop. */
const STOP_DEADLINE_MS = 20_000;
const DRAIN_MS = 10_000;

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
    server.close(() => resolve());
    server.closeIdleConnections();
    setTimeout(() => server.closeAllConnections(), DRAIN_MS).unref();
  });
}

async function main(): Promise<void> {
  let environment = readEnvironment(process.env);
  let standIns: StandIns | null = null;
  if (!isProduction(environment)) {
    const { standIn } = await import('./local/stand-ins.js');
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
    releases.push(() => service.stop());
    const server = await listen(config, service);
    releases.push(() => close(server));
    announce(config, standIns, (server.address() as AddressInfo).port);
  } catch (error) {
    await stop();
    throw error;
  }
}

function announce(config: Config, standIns: StandIns | null, port: number): void {
  for (const { part, what, toMakeReal } of standIns?.parts ?? [])
    console.log(`  ${part.padEnd(10)} ${what}${toMakeReal === null ? '' : `  (to make it real: ${toMakeReal})`}`);
  const url = standIns === null ? config.publicUrl : `http://${config.host ?? 'localhost'}:${port}`;
  console.log(`\nready: ${url}/integrations (role ${config.role}, port ${port})`);
}

main().catch((error: unknown) => {
  if (error instanceof ConfigError) console.error(error.message);
  else if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE')
    console.error(`Port ${(error as { port?: number }).port} is taken: set PORT to another.`);
  else
    console.error('calendar-connect could not start:', error instanceof Error ? (error.stack ?? error.message) : error);
  process.exit(1);
});
