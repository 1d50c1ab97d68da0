// `npm run import -- FILE.csv|FILE.jsonl`: takes over the accounts of a file.

import { parseArgs } from 'node:util';
import { loadConfig } from './config.js';
import { readEnvironment } from './environment.js';
import { type Counts, importLines } from './import/import-lines.js';
import { readLines } from './import/read-lines.js';
import { Report } from './import/report.js';
import { FORMATS, type Format } from './import/source-format.js';
import { createLogger } from './logger.js';
import { createService } from './service.js';

const USAGE = `usage: npm run import -- FILE.csv|FILE.jsonl [options]
  --format own|nango|better-auth|authjs   what wrote the file (own)
  --dry-run                               reads and checks the file; nothing is sent or stored
  --concurrency N                         accounts at a time, 1 to 64 (8)
  --report FILE                           the report (FILE.report.jsonl)
A further run with the same report does what is left. docs/import.md says more.`;

const PROGRESS_EVERY = 250;

class UsageError extends Error {}

function readArguments() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      format: { type: 'string', default: 'own' },
      'dry-run': { type: 'boolean', default: false },
      concurrency: { type: 'string', default: '8' },
      report: { type: 'string' },
    },
  });
  const [file, ...others] = positionals;
  const format = FORMATS.find((one) => one === values.format);
  const atOnce = Number(values.concurrency);
  if (file === undefined || others.length > 0) throw new UsageError('Name one file.');
  if (format === undefined) throw new UsageError(`--format must be one of ${FORMATS.join(', ')}.`);
  if (!Number.isInteger(atOnce) || atOnce < 1 || atOnce > 64)
    throw new UsageError('--concurrency must be a whole number from 1 to 64.');
  const report = values.report ?? `${file}.report.jsonl`;
  return { file, format, atOnce, report, isDryRun: values['dry-run'] };
}

interface Wanted {
  readonly file: string;
  readonly format: Format;
  readonly atOnce: number;
  readonly report: string;
  readonly isDryRun: boolean;
}

/** Reads the file and sends nothing. What would be imported counts as skipped. */
async function dryRun({ file, format }: Wanted): Promise<number> {
  let good = 0;
  const add = ({ line, outcome, code }: { line: number; outcome: string; code: string | null }) => {
    if (code === 'dry_run') good += 1;
    else console.log(`line ${line}: ${outcome} (${code})`);
  };
  const report = { has: () => false, add };
  const { signal } = new AbortController();
  const lines = readLines(file);
  const run = { lines, format, report, importOne: null, atOnce: 1, signal, onProgress: () => {} };
  const { failed, skipped } = await importLines(run);
  console.log(`${good} can be tried, ${skipped - good} are passed over, ${failed} are unreadable.`);
  return failed > 0 ? 1 : 0;
}

async function importAll({ file, format, atOnce, report: path }: Wanted): Promise<number> {
  const lines = readLines(file);
  const config = loadConfig(readEnvironment(process.env), { ownCaller: true });
  if (!config.database.url || !config.tokenKeys?.length)
    throw new UsageError('Set DATABASE_URL and TOKEN_ENCRYPTION_KEYS as the service has them.');
  const logger = createLogger('warn');
  const service = createService({ ...config, role: 'web' }, { logger });
  const stopping = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stopping.abort());
  await service.start();
  const report = new Report(path);
  try {
    const counts = await importLines({
      lines,
      format,
      report,
      importOne: async (account) => {
        const [result] = await service.importAccounts([account]);
        if (result === undefined) throw new Error('no result');
        return result;
      },
      atOnce,
      signal: stopping.signal,
      onProgress: showProgress,
    });
    console.log(`${stopping.signal.aborted ? 'Interrupted' : 'Done'}: ${words(counts)}.`);
    console.log(`The report is ${path}.`);
    if (stopping.signal.aborted) return 130;
    return counts.failed > 0 ? 1 : 0;
  } finally {
    report.close();
    await service.stop();
  }
}

function showProgress(counts: Readonly<Counts>): void {
  const { imported, updated, failed, skipped } = counts;
  if ((imported + updated + failed + skipped) % PROGRESS_EVERY === 0) console.error(words(counts));
}

const words = ({ imported, updated, failed, skipped, before }: Readonly<Counts>): string =>
  `${imported} imported, ${updated} updated, ${failed} failed, ${skipped} passed over, ` +
  `${before} done before`;

async function main(): Promise<number> {
  const wanted = readArguments();
  return wanted.isDryRun ? dryRun(wanted) : importAll(wanted);
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    const isUsage =
      error instanceof UsageError || String(Object(error).code).startsWith('ERR_PARSE_ARGS');
    if (isUsage) console.error(USAGE);
    process.exit(2);
  },
);
