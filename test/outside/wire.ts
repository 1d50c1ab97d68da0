/** What the emulator's parts say to each other. */
import type { IncomingHttpHeaders } from 'node:http';

export type Json = Record<string, unknown>;

/** A request as it came in. `segments` are the path's parts, each percent-decoded on its own. */
export interface Call {
  readonly method: string;
  readonly raw: string;
  readonly url: URL;
  readonly segments: readonly string[];
  readonly headers: IncomingHttpHeaders;
  readonly form: URLSearchParams;
  /** The body, where it is said to be JSON. */
  readonly json: Json;
  kind: string;
  status: number;
}

export interface Answer {
  readonly status?: number;
  readonly headers?: { [name: string]: string };
  /** Text goes out as it is, anything else as JSON. */
  readonly body?: unknown;
}

export type Fault = Answer | 'hang' | 'reset' | 'half';

/** What a provider makes of a call: its name in the record, and the answer unless a fault comes first. */
export interface Side {
  route(call: Call): { kind: string; answer: () => Answer | Promise<Answer> } | undefined;
}

/** What the whole emulator keeps for its parts. */
export interface Store {
  readonly origin: string;
  /** What a client of the real providers must not do. */
  readonly violations: string[];
  /** Everything that must never be seen in an answer or a log. */
  readonly secrets: string[];
  secret(length: number, prefix?: string): string;
}

/** Parameters that came twice are refused by both providers' token endpoints. */
export function repeated(parameters: URLSearchParams): string | undefined {
  return [...parameters.keys()].find((name, index, all) => all.indexOf(name) !== index);
}

/** A URL with these parameters added, those without a value left out. */
export function withQuery(
  base: string,
  parameters: { [name: string]: string | undefined },
): string {
  const url = new URL(base);
  for (const [name, value] of Object.entries(parameters))
    if (value !== undefined) url.searchParams.append(name, value);
  return url.href;
}
