// What a route can answer: the status, the description and the schema of the body.

import type { z } from 'zod';

/** One answer of a route. */
export interface Answer<Schema extends z.ZodType | null> {
  readonly status: number;
  readonly description: string;
  /** The schema of the JSON body; null where there is no such body. */
  readonly schema: Schema;
  /** Other media types that the same status can have; each is text. */
  readonly textTypes?: readonly string[];
  /** Whether the body can have any type. */
  readonly isAnyType?: boolean;
  /** What the `Location` header says, for redirects. */
  readonly location?: string;
}

/** A JSON body of the shape `schema`. */
export function json<Schema extends z.ZodType>(
  status: number,
  schema: Schema,
  description: string,
  textTypes: readonly string[] = [],
): Answer<Schema> {
  return { status, description, schema, textTypes };
}

/** An answer without a body. */
export function empty(status: number, description: string): Answer<null> {
  return { status, description, schema: null };
}

/** Text of the type `type`. */
export function text(status: number, type: string, description: string): Answer<null> {
  return { status, description, schema: null, textTypes: [type] };
}

/** A body of any type, which is not described. */
export function anything(status: number, description: string): Answer<null> {
  return { status, description, schema: null, isAnyType: true };
}

/** A redirect of the browser, without a body. */
export function redirect(description: string): Answer<null> {
  return { status: 302, description, schema: null, location: 'Where the browser goes' };
}

/** A value of the shape that `Schema` describes, of which a handler may not change anything. */
export type Shown<Schema extends z.ZodType> = Immutable<z.input<Schema>>;

type Immutable<Value> = Value extends readonly (infer Item)[]
  ? readonly Immutable<Item>[]
  : Value extends object
    ? { readonly [Name in keyof Value]: Immutable<Value[Name]> }
    : Value;
