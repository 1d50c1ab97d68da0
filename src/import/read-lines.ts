// Reads a file of accounts as a stream: CSV with a header (RFC 4180), or a JSON object a line.

import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { parse } from 'csv-parse';
import type { Fields } from './source-format.js';

/** A line of the file. `fields` is null where it cannot be read. */
export interface SourceLine {
  /** From 1. For CSV: where the record ends. */
  readonly line: number;
  readonly fields: Fields | null;
}

const LONGEST_RECORD = 1_048_576;

/**
 * The lines of a file that have something.
 * @throws Error where it is no such file, or its CSV is broken
 */
export function readLines(path: string): AsyncGenerator<SourceLine> {
  if (/\.csv$/i.test(path)) return readCsv(path);
  if (/\.(jsonl|ndjson)$/i.test(path)) return readJsonLines(path);
  throw new Error('The file must end with .csv or .jsonl.');
}

async function* readCsv(path: string): AsyncGenerator<SourceLine> {
  const parser = parse({
    bom: true,
    columns: true,
    info: true,
    max_record_size: LONGEST_RECORD,
    skip_empty_lines: true,
  });
  const file = createReadStream(path);
  file.once('error', (error) => parser.destroy(error));
  file.pipe(parser);
  try {
    for await (const { record, info } of parser)
      yield { line: Number(info.lines), fields: record as Fields };
  } finally {
    file.destroy();
  }
}

async function* readJsonLines(path: string): AsyncGenerator<SourceLine> {
  const file = createReadStream(path);
  let line = 0;
  try {
    for await (const text of createInterface({
      input: file,
      crlfDelay: Number.POSITIVE_INFINITY,
    })) {
      line += 1;
      if (text.trim() !== '') yield { line, fields: objectIn(text.replace(/^\ufeff/, '')) };
    }
  } finally {
    file.destroy();
  }
}

function objectIn(text: string): Fields | null {
  try {
    const value: unknown = JSON.parse(text);
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    return isObject ? (value as Fields) : null;
  } catch {
    return null;
  }
}
