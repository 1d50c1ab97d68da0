// One statement out of parts that several rooms lend. Each part writes the tables of its own room.

import type { NamedStatement } from './named-statement.js';

/**
 * A part of a statement that is written for many rows at once. The parts of one statement commit
 * together or not at all.
 */
export interface StatementPart<Subject> {
  /** Columns that the part adds to `given`, with their types in PostgreSQL. */
  readonly columns: Readonly<Record<string, string>>;
  /** The values of these columns for one subject: what JSON can hold. */
  values(subject: Subject): Readonly<Record<string, unknown>>;
  /**
   * Its CTEs by name, in order. They read `given`, which has one row for each subject, and what the
   * parts before provide. They see the tables as they were before the statement: what another CTE
   * has written is read from that CTE alone.
   */
  readonly steps: Readonly<Record<string, string>>;
  /** A step that returns as many rows as that other one, or the whole statement fails. */
  readonly matches?: readonly [step: string, other: string];
}

/** A statement made of parts. It returns `key` of each subject that it has written. */
export interface ComposedStatement<Subject> extends NamedStatement {
  keyOf(subject: Subject): string;
  /** Its parameters. */
  valuesOf(subjects: readonly Subject[]): readonly unknown[];
}

/** What a statement is composed of. */
export interface Composition<Subject> {
  readonly name: string;
  readonly parts: readonly StatementPart<Subject>[];
  /** What comes after the CTEs. It returns `key`. */
  readonly result: string;
  /** The `key` of a subject in `given`: a uuid in small letters, unique among those under way. */
  keyOf(subject: Subject): string;
  /**
   * False: it survives the death of this process, but not that of PostgreSQL within the second.
   * Default: it waits until the disk has it.
   */
  readonly waitsForDisk?: boolean;
}

/** While several rows share a statement, none waits longer than this for another transaction. */
const LONGEST_WAIT_TOGETHER = '250ms';

/**
 * Always true. PostgreSQL expects a hundred rows of JSON, and one row where a function has to return
 * a certain value. The plan of a statement is kept, and may be made while a table is almost empty:
 * for a hundred rows it would read all of that table, also when it has grown. For one it uses its
 * index.
 */
const PLANNED_AS_ONE_ROW = 'num_nonnulls(given.key) = 1';

/**
 * Joins parts to one statement.
 * @throws Error where two parts use one name
 */
export function composeStatement<Subject>({
  name,
  parts,
  result,
  keyOf,
  waitsForDisk = true,
}: Composition<Subject>): ComposedStatement<Subject> {
  const columns = unite(parts.map((part) => part.columns));
  const steps = unite(parts.map((part) => part.steps));
  const declared = Object.entries({ key: 'uuid', ...columns }).map((one) => one.join(' '));
  const settings = [
    `set_config('lock_timeout', $2, true)`,
    ...(waitsForDisk ? [] : [`set_config('synchronous_commit', 'off', true)`]),
  ];
  const ctes = [
    `settings AS MATERIALIZED (SELECT ${settings.join(', ')})`,
    `given AS MATERIALIZED (SELECT given.* FROM settings, json_to_recordset($1::json)
       AS given (${declared.join(', ')}) WHERE ${PLANNED_AS_ONE_ROW})`,
    ...Object.entries(steps).map(([step, sql]) => `${step} AS (${sql})`),
  ];
  const conditions = parts.flatMap(({ matches }) => (matches ? [sameCount(...matches)] : []));
  const where = conditions.length === 0 ? '' : `\nWHERE ${conditions.join(' AND ')}`;
  const recordOf = (subject: Subject) =>
    Object.assign({ key: keyOf(subject) }, ...parts.map((part) => part.values(subject)));
  return {
    name,
    text: `WITH ${ctes.join(',\n')}\n${result}${where}`,
    keyOf,
    valuesOf: (subjects) => [
      JSON.stringify(subjects.map(recordOf)),
      subjects.length === 1 ? '0' : LONGEST_WAIT_TOGETHER,
    ],
  };
}

/** A condition that fails the statement by a division by zero unless both steps return as many rows. */
function sameCount(step: string, other: string): string {
  return `1 / (CASE WHEN (SELECT count(*) FROM ${step}) = (SELECT count(*) FROM ${other})
    THEN 1 ELSE 0 END) = 1`;
}

function unite(
  records: readonly Readonly<Record<string, string>>[],
): Readonly<Record<string, string>> {
  const united: Record<string, string> = {};
  for (const [name, value] of records.flatMap((one) => Object.entries(one))) {
    if (Object.hasOwn(united, name)) throw new Error(`two parts of a statement use ${name}`);
    united[name] = value;
  }
  return united;
}
