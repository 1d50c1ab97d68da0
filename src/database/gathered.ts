// Rows that are written at the same moment share one statement. One bad row costs no other.

import type { DataSource } from 'typeorm';
import { isRefusedRow, runNamed } from './named-statement.js';
import type { ComposedStatement } from './statement-parts.js';

interface Waiting<Subject> {
  readonly subject: Subject;
  readonly resolve: (isWritten: boolean) => void;
  readonly reject: (error: unknown) => void;
}

/** More rows are not put into one statement. */
const MOST_ROWS = 100;
/** Statements under way, so connections that one of these may hold. */
const AT_ONCE = 2;

/**
 * Writes with a statement that can write many rows. A row waits only while two statements are under
 * way; alone, it is written at once.
 */
export class Gathered<Subject> {
  private waiting: Waiting<Subject>[] = [];
  private underWay = 0;
  private isPlanned = false;

  /** @param statement returns `key` for each row that it has written */
  constructor(
    private readonly dataSource: DataSource,
    private readonly statement: ComposedStatement<Subject>,
  ) {}

  /**
   * Writes one row, maybe together with others.
   * @returns whether it was written; false where the statement passed it over
   * @throws what the statement throws for this row alone, or where PostgreSQL does not respond
   */
  write(subject: Subject): Promise<boolean> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ subject, resolve, reject });
      this.plan();
    });
  }

  /** After the callbacks of this turn of the event loop, which may bring more rows. */
  private plan(): void {
    if (this.isPlanned || this.underWay >= AT_ONCE) return;
    this.isPlanned = true;
    setImmediate(() => {
      this.isPlanned = false;
      void this.begin();
    });
  }

  private async begin(): Promise<void> {
    const together = this.waiting.splice(0, MOST_ROWS);
    this.underWay += 1;
    if (this.waiting.length > 0) this.plan();
    await this.writeTogether(together);
    this.underWay -= 1;
    if (this.waiting.length > 0) this.plan();
  }

  private async writeTogether(together: readonly Waiting<Subject>[]): Promise<void> {
    const statement = this.statement;
    try {
      const values = statement.valuesOf(together.map(({ subject }) => subject));
      const rows = await runNamed<{ key: string }>(this.dataSource, statement, values);
      const written = new Set(rows.map(({ key }) => key));
      for (const { subject, resolve } of together) resolve(written.has(statement.keyOf(subject)));
    } catch (error) {
      // Only where PostgreSQL refused a row is it known that no row was written.
      if (together.length > 1 && isRefusedRow(error))
        await Promise.all(together.map((one) => this.writeTogether([one])));
      else for (const { reject } of together) reject(error);
    }
  }
}
