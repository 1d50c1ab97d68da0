// Schema parts for responses. A malformed part counts as absent, so that the rest of an item can
// still be read.

import { z } from 'zod';

/** Text, or null or undefined. */
export const text = z.string().nullish().catch(null);
/** A boolean, or null or undefined. */
export const flag = z.boolean().nullish().catch(null);
/** Any value; only its presence is checked. */
export const anything = z.unknown().optional();

/** A list. Malformed items are left out; a value that is no list is an empty one. */
export function list<T extends z.ZodType>(item: T) {
  return z
    .array(z.unknown())
    .catch([])
    .transform((items): z.output<T>[] =>
      items
        .map((one) => item.safeParse(one))
        .filter((parsed) => parsed.success)
        .map((parsed) => parsed.data),
    );
}

/** An object of this shape, or null when it is none. */
export function part<T extends z.ZodRawShape>(shape: T) {
  return z.object(shape).nullish().catch(null);
}

/** `value` when it is one of `values`, else `fallback`: providers add new words at any time. */
export function oneOf<T extends string>(
  value: string | null | undefined,
  values: readonly T[],
  fallback: T,
): T {
  return values.includes(value as T) ? (value as T) : fallback;
}
