// Schema parts for responses. A malformed part counts as absent, so that the rest of an item can
// still be read.

import { z } from 'zod';

const FLAGS: ReadonlyMap<unknown, boolean> = new Map([
  ['true', true],
  ['false', false],
]);

/** Text, or null or undefined. */
export const text = z.string().nullish().catch(null);
/** A boolean, also as the text `true` or `false`; or null or undefined. */
export const flag = z
  .preprocess((value) => FLAGS.get(value) ?? value, z.boolean().nullish())
  .catch(null);
/** A whole number, also as text, of either sign; or null or undefined. */
export const whole = z
  .preprocess(
    (value) => (typeof value === 'string' && /^[+-]?\d{1,10}$/.test(value) ? Number(value) : value),
    z.number().min(-2_147_483_648).max(2_147_483_647).transform(Math.round).nullish(),
  )
  .catch(null);
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
