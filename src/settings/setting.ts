// What a setting is.

import type { z } from 'zod';

/** How a value is read from text, and the type of the same value as an option of the library. */
export interface Kind<Value = unknown> {
  readonly reads: z.ZodType<Value, string>;
  /** TypeScript source. */
  readonly option: string;
}

/** One variable of the environment, and one option of the library. */
export interface Setting<Value = unknown> extends Kind<Value> {
  /** The name in the environment: `DATABASE_URL`. */
  readonly variable: string;
  /** The default, as text. A setting without one is null when unset. */
  readonly fallback?: string;
  /** Whether it must be set: always, or only in production. */
  readonly required?: true | 'in production';
  /** Sentences in Markdown, for the documents and for the message about a missing value. */
  readonly meaning: string;
  /** A command that makes a value, or where to get one. */
  readonly make?: string;
  readonly example?: string;
}

/** Settings by the name of their option. */
export type SettingTable = Readonly<Record<string, Setting>>;

/** A group of settings: a section of docs/configuration.md and of .env.example. */
export interface SettingGroup {
  readonly title: string;
  /** Sentences in Markdown about the whole group. */
  readonly note?: string;
  readonly settings: SettingTable;
}

type ValueOf<S extends Setting> =
  | z.output<S['reads']>
  | (S extends { readonly fallback: string } | { readonly required: true } ? never : null);

/** The values of a table: null where a setting is unset and has no default. */
export type ValuesOf<Table extends SettingTable> = {
  readonly [Name in keyof Table]: ValueOf<Table[Name]>;
};
