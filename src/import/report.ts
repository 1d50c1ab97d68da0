// The report of an import: one line of JSON for each line of the file. A further run reads it, and
// does only what is left.

import { closeSync, existsSync, openSync, readFileSync, writeSync } from 'node:fs';

/** What became of a line. */
export type LineOutcome = 'imported' | 'updated' | 'failed' | 'skipped';

/** One line of the report. It has no token. */
export interface ReportLine {
  readonly line: number;
  /** Names the import; null where the line could not be read or is passed over. */
  readonly key: string | null;
  readonly userId: string | null;
  readonly provider: string | null;
  readonly outcome: LineOutcome;
  readonly accountId: string | null;
  /** Why it failed or was passed over. */
  readonly code: string | null;
}

export class Report {
  /** The keys that are done. */
  private readonly done = new Set<string>();
  private readonly file: number;

  /** Reads what earlier runs have written. A line that was cut off counts as not written. */
  constructor(path: string) {
    const before = existsSync(path) ? readFileSync(path, 'utf8') : '';
    for (const text of before.split('\n')) this.note(text);
    this.file = openSync(path, 'a', 0o600);
    if (before !== '' && !before.endsWith('\n')) writeSync(this.file, '\n');
  }

  /** Whether an earlier run has imported it. */
  has(key: string): boolean {
    return this.done.has(key);
  }

  /** Written at once, so that nothing is lost when the process is killed. */
  add(line: ReportLine): void {
    writeSync(this.file, `${JSON.stringify(line)}\n`);
  }

  close(): void {
    closeSync(this.file);
  }

  private note(text: string): void {
    try {
      const { key, outcome } = JSON.parse(text) as ReportLine;
      if (key !== null && (outcome === 'imported' || outcome === 'updated')) this.done.add(key);
    } catch {
      // Cut off, or empty.
    }
  }
}
