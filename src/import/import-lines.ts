// Imports the lines of a file: a few at a time, again where that helps, and never before a provider
// wants it.

import { setTimeout as delay } from 'node:timers/promises';
import type { ImportOptions, ImportResult } from '../host-types.js';
import type { SourceLine } from './read-lines.js';
import type { LineOutcome, Report, ReportLine } from './report.js';
import { type Format, mapLine } from './source-format.js';

/** How many lines had which outcome. `before`: an earlier run has imported them. */
export type Counts = Record<LineOutcome | 'before', number>;

/** How a file is imported. */
export interface ImportRun {
  readonly lines: AsyncIterable<SourceLine>;
  readonly format: Format;
  readonly report: Pick<Report, 'has' | 'add'>;
  /** Imports one account. Null for a dry run. */
  readonly importOne: ((account: ImportOptions) => Promise<ImportResult>) | null;
  readonly atOnce: number;
  /** Aborted: lines that are under way are finished, and no others are begun. */
  readonly signal: AbortSignal;
  readonly onProgress: (counts: Readonly<Counts>) => void;
}

const TRIES = 6;
const FIRST_WAIT_MS = 500;

/** Imports every line that no earlier run has imported. */
export async function importLines(run: ImportRun): Promise<Readonly<Counts>> {
  const counts: Counts = { imported: 0, updated: 0, failed: 0, skipped: 0, before: 0 };
  const underWay = new Set<Promise<void>>();
  const pauses = new Map<string, number>();
  const finish = (line: ReportLine) => {
    run.report.add(line);
    counts[line.outcome] += 1;
    run.onProgress(counts);
  };
  for await (const { line, fields } of run.lines) {
    if (run.signal.aborted) break;
    const mapped = fields === null ? null : mapLine(run.format, fields);
    if (mapped === null) finish({ ...NOTHING, line, outcome: 'failed', code: 'unreadable' });
    else if ('skipped' in mapped)
      finish({ ...NOTHING, line, outcome: 'skipped', code: mapped.skipped });
    else if (run.report.has(mapped.key)) counts.before += 1;
    else {
      const one = importOne(run, { ...mapped, line }, pauses)
        .then((done) => {
          if (done !== null) finish(done);
        })
        .finally(() => underWay.delete(one));
      underWay.add(one);
      if (underWay.size >= run.atOnce) await Promise.race(underWay);
    }
  }
  await Promise.all(underWay);
  return counts;
}

const NOTHING = { key: null, userId: null, provider: null, accountId: null } as const;

interface KnownLine {
  readonly line: number;
  readonly key: string;
  readonly account: ImportOptions;
}

/** @returns null where the run ended before the provider could be asked again */
async function importOne(
  run: ImportRun,
  { line, key, account }: KnownLine,
  pauses: Map<string, number>,
): Promise<ReportLine | null> {
  const { userId, provider } = account;
  const about = { line, key, userId, provider };
  if (run.importOne === null)
    return { ...about, outcome: 'skipped', accountId: null, code: 'dry_run' };
  for (let tries = 1; ; tries += 1) {
    if (!(await waitFor(provider, pauses, run.signal))) return null;
    const result = await run.importOne(account);
    const { outcome, accountId, code, retryable, retryAfterSeconds } = result;
    if (outcome !== 'failed' || !retryable || tries === TRIES)
      return { ...about, outcome, accountId, code };
    const wait =
      retryAfterSeconds === null ? FIRST_WAIT_MS * 2 ** tries : retryAfterSeconds * 1_000;
    // All lines of this provider wait: it is asked too much, or has trouble.
    pauses.set(provider, Math.max(pauses.get(provider) ?? 0, Date.now() + wait));
  }
}

/** Waits until a provider may be asked. @returns false where the run ended before */
async function waitFor(
  provider: string,
  pauses: ReadonlyMap<string, number>,
  signal: AbortSignal,
): Promise<boolean> {
  for (;;) {
    if (signal.aborted) return false;
    const wait = (pauses.get(provider) ?? 0) - Date.now();
    if (wait <= 0) return true;
    await delay(wait, undefined, { signal }).catch(() => {});
  }
}
