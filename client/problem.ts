// A failed request, as the client throws it.

import type { Problem, ProblemCode } from './operations.js';

/**
 * The code of a failure: one of the service, or one of the client.
 * - `network`: no response came, or not in time. `cause` has the reason.
 * - `unexpected_response`: the response is not of this service, for example a proxy's page.
 */
export type FailureCode = ProblemCode | 'network' | 'unexpected_response';

/** A request that failed, with the fields of the problem document (RFC 9457). */
export class CalendarConnectError extends Error {
  override readonly name = 'CalendarConnectError';
  /** Stable. docs/errors.md lists the codes of the service. */
  readonly code: FailureCode;
  /** The HTTP status; 0 without a response. */
  readonly status: number;
  readonly title: string;
  /** What happened and what to do, for people. */
  readonly detail: string;
  /** Seconds to wait before the next try, where the service says so. */
  readonly retryAfter: number | null;
  /** Finds the request in the log of the service. */
  readonly requestId: string | null;
  /** The whole problem document; some codes have more fields. Empty without one. */
  readonly problem: Readonly<Partial<Problem> & Record<string, unknown>>;

  constructor(
    fields: Pick<CalendarConnectError, 'code' | 'detail'> &
      Partial<
        Pick<CalendarConnectError, 'status' | 'title' | 'retryAfter' | 'requestId' | 'problem'>
      >,
    options?: { cause?: unknown },
  ) {
    super(fields.detail, options);
    this.code = fields.code;
    this.detail = fields.detail;
    this.status = fields.status ?? 0;
    this.title = fields.title ?? '';
    this.retryAfter = fields.retryAfter ?? null;
    this.requestId = fields.requestId ?? null;
    this.problem = fields.problem ?? {};
  }
}

/** The error of a response that is no success. `text` is its body. */
export function errorOf(response: Response, text: string): CalendarConnectError {
  const { status, headers } = response;
  const problem = objectOf(text);
  const retryAfter = Number(headers.get('Retry-After') ?? Number.NaN);
  const shared = {
    status,
    retryAfter: Number.isFinite(retryAfter) ? retryAfter : null,
    requestId: textOr(problem?.['requestId'], headers.get('X-Request-Id')),
  };
  if (problem === null || typeof problem['code'] !== 'string') return unexpected(shared);
  return new CalendarConnectError({
    ...shared,
    code: problem['code'],
    title: textOr(problem['title'], ''),
    detail: textOr(problem['detail'], problem['code']),
    problem,
  });
}

/** The error of a response that this service does not send. */
export function unexpected(
  fields: Pick<CalendarConnectError, 'status'> &
    Partial<Pick<CalendarConnectError, 'retryAfter' | 'requestId'>>,
): CalendarConnectError {
  return new CalendarConnectError({
    ...fields,
    code: 'unexpected_response',
    title: 'Unexpected response',
    detail: `The response is not one of calendar-connect (HTTP ${fields.status}). Check baseUrl.`,
  });
}

const textOr = <Other>(value: unknown, other: Other): string | Other =>
  typeof value === 'string' ? value : other;

function objectOf(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}
