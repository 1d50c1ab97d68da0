// The kinds of settings: text, numbers, flags, lists and addresses.

import { z } from 'zod';
import { isLoopback } from './hosts.js';
import type { Kind } from './setting.js';

/** Any text. */
export const text = { reads: z.string(), option: 'string' } as const satisfies Kind<string>;

/** A whole number, both bounds included. */
export function integer(least: number, most: number): Kind<number> {
  const error = `must be a whole number from ${least} to ${most}`;
  const digits = z.string().regex(/^\d{1,15}$/, { error, abort: true });
  return {
    reads: digits.transform(Number).refine((value) => value >= least && value <= most, { error }),
    option: 'number',
  };
}

/** `true` or `false`, also `1`, `yes`, `on`, `0`, `no`, `off`. */
export const flag = {
  reads: z.stringbool({
    truthy: ['true', '1', 'yes', 'on'],
    falsy: ['false', '0', 'no', 'off'],
    error: 'must be true or false',
  }),
  option: 'boolean',
} as const satisfies Kind<boolean>;

/** One of a few words. */
export function oneOf<const Word extends string>(words: readonly Word[]): Kind<Word> {
  return {
    reads: z.enum(words, { error: `must be one of ${words.join(', ')}` }),
    option: words.map((word) => `'${word}'`).join(' | '),
  };
}

const partsOf = (value: string): readonly string[] =>
  value
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');

/** Comma-separated in the environment; as an option also an array. */
export const list = {
  reads: z.string().transform(partsOf),
  option: 'string | readonly string[]',
} as const satisfies Kind<readonly string[]>;

/** Whether a secret has at least 32 bytes. */
export const isLongEnough = (secret: string): boolean => Buffer.byteLength(secret) >= 32;
/** The problem of a secret that is not long enough. */
export const TOO_SHORT = 'must be at least 32 bytes long';

const isSafe = ({ protocol, hostname }: URL) => protocol === 'https:' || isLoopback(hostname);

/** An absolute URL without a trailing slash: https, or http on a loopback host. */
export const url = {
  reads: z
    .string()
    .refine((value) => /^https?:$/.test(URL.parse(value)?.protocol ?? ''), {
      error: 'must be an absolute URL',
      abort: true,
    })
    .refine((value) => isSafe(new URL(value)), {
      error: 'must be https (http is accepted only on loopback hosts)',
      abort: true,
    })
    .refine(
      (value) => {
        const { username, password, hash } = new URL(value);
        return username === '' && password === '' && hash === '';
      },
      { error: 'must have neither credentials nor a fragment', abort: true },
    )
    .transform((value) => value.replace(/\/+$/, '')),
  option: 'string',
} as const satisfies Kind<string>;

/** A URL that may have a path and has no query. The path loses its trailing slash. */
export const baseUrl = {
  reads: url.reads
    .refine((value) => new URL(value).search === '' && !value.includes('?'), {
      error: 'must not have a query',
      abort: true,
    })
    .refine((value) => /^(?:\/[\w.~-]+)*\/?$/.test(new URL(value).pathname), {
      error: 'may have a path only of letters, digits and - . _ ~ between single slashes',
      abort: true,
    })
    .transform((value) => `${new URL(value).origin}${new URL(value).pathname}`.replace(/\/+$/, '')),
  option: 'string',
} as const satisfies Kind<string>;

const isOrigin = (value: string): boolean => {
  const parsed = URL.parse(value);
  return parsed !== null && parsed.origin !== 'null' && isSafe(parsed);
};

/** Several origins, comma-separated. */
export const origins = {
  reads: list.reads
    .refine((values) => values.every(isOrigin), {
      error: 'must be origins such as https://app.example.com, comma-separated',
      abort: true,
    })
    .transform((values) => values.map((value) => new URL(value).origin)),
  option: list.option,
} as const satisfies Kind<readonly string[]>;

/** The URL of a store. @param protocols each with its colon */
export function storeUrl(protocols: readonly string[]): Kind<string> {
  const beginnings = protocols.map((protocol) => `${protocol}//`).join(' or ');
  return {
    reads: z.string().refine((value) => protocols.includes(URL.parse(value)?.protocol ?? ''), {
      error: `must begin with ${beginnings}`,
    }),
    option: 'string',
  };
}
