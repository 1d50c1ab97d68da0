// Schema pieces for what providers send: a part that is odd counts as absent, so that it never costs its whole.

import { z } from 'zod';

/** Text, or null or undefined. */
export const text = z.string().nullish().catch(null);
/** A boolean, or null or undefined. */
export const flag = z.boolean().nullish().catch(null);
/** Looked at only for being there. */
export const anything = z.unknown().optional();

/** Items that are odd are left out. */
export function list<T extends z.ZodType>(item: T) {
  return z
    .array(item.nullable().catch(null as never))
    .catch([])
    .transform((items) => items.filter((one) => one !== null) as z.output<T>[]);
}

/** An object, or null when it is none. */
export function part<T extends z.ZodRawShape>(shape: T) {
  return z.object(shape).nullish().catch(null);
}

/** Its text when it is one of `values`, else `fallback`: providers add words without asking. */
export function oneOf<T extends string>(
  value: string | null | undefined,
  values: readonly T[],
  fallback: T,
): T {
  return values.includes(value as T) ? (value as T) : fallback;
}
