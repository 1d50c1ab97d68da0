/** The types that the emulator's parts share. */
import type { IncomingHttpHeaders } from 'node:http';

export type Json = Record<string, unknown>;

/** A received request. `segments` are the parts of the path, each percent-decoded by itself. */
export interface Call {
  readonly method: string;
  readonly raw: string;
  readonly url: URL;
  readonly segments: readonly string[];
  readonly headers: IncomingHttpHeaders;
  readonly form: URLSearchParams;
  /** The body, if its type is JSON. */
  readonly json: Json;
  kind: string;
  status: number;
}

export interface Answer {
  readonly status?: number;
  readonly headers?: { [name: string]: string };
  /** A string is sent unchanged, anything else as JSON. */
  readonly body?: unknown;
}

export type Fault = Answer | 'hang' | 'reset' | 'half';

/**
 * A provider's handling of a call: its name in the record, and the response if no fault replaces
 * it.
 */
export interface Side {
  route(call: Call): { kind: string; answer: () => Answer | Promise<Answer> } | undefined;
}

/** What the emulator's parts share. */
export interface Store {
  readonly origin: string;
  /** Requests that the real providers would refuse or forbid. */
  readonly violations: string[];
  /** Values that no response and no log may contain. */
  readonly secrets: string[];
  secret(length: number, prefix?: string): string;
}

/** The name of a repeated parameter. Both providers' token endpoints refuse such requests. */
export function repeated(parameters: URLSearchParams): string | undefined {
  return [...parameters.keys()].find((name, index, all) => all.indexOf(name) !== index);
}

/** Adds the parameters that have a value to a URL. */
export function withQuery(
  base: string,
  parameters: { [name: string]: string | undefined },
): string {
  const url = new URL(base);
  for (const [name, value] of Object.entries(parameters))
    if (value !== undefined) url.searchParams.append(name, value);
  return url.href;
}
