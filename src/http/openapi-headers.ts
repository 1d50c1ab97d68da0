// The headers of responses, as the OpenAPI document describes them.

const text = (description: string, example: string) => ({
  description,
  schema: { type: 'string' as const, examples: [example] },
});

/** Headers that many responses have, by name. */
export const HEADERS = {
  'X-Request-Id': text(
    'The id of the request: the one that was sent, or a new one. It finds the line in the log',
    'bab44d3b-ede6-4c15-b2ba-661aed66eb43',
  ),
  RateLimit: text(
    'What is left of the limit, and the seconds until it starts again (IETF draft 8)',
    '"read"; r=599; t=60',
  ),
  'RateLimit-Policy': text(
    'The limit: requests for each window of seconds (IETF draft 8)',
    '"read"; q=600; w=60',
  ),
  'Retry-After': {
    description: 'Seconds to wait before the next try',
    schema: { type: 'integer' as const, minimum: 1, examples: [30] },
  },
};

/** The name of one of these headers. */
export type HeaderName = keyof typeof HEADERS;

/** References to headers, for a response. */
export function headersOf(names: readonly HeaderName[]): Record<string, { $ref: string }> {
  return Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }]));
}
