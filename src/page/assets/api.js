// Calls to the public API: same origin, the session's cookie, every failure a Problem.

const BASE = '/integrations';
const PATIENCE_MS = 60_000;

/**
 * @typedef {{ id: string, name: string, scopes: string[] }} Provider
 * @typedef {{ code: string, message: string, retryable: boolean }} SyncError
 * @typedef {{ calendarsDone: number, calendarsTotal: number, eventsSeen: number }} Progress
 * @typedef {{ state: 'idle' | 'queued' | 'running' | 'backoff' | 'error', phase: string | null, progress: Progress, error: SyncError | null }} Sync
 * @typedef {{ id: string, userId: string, provider: string, email: string | null, displayName: string | null, status: string,
 *   statusReason: string | null, lastSyncedAt: string | null, nextSyncAt: string | null, sync: Sync }} Account
 * @typedef {{ id: string, name: string, color: string | null, primary: boolean, accessRole: string, selected: boolean,
 *   sync: { state: string, error: SyncError | null } }} Calendar
 * @typedef {{ dateTime?: string, timeZone?: string | null, date?: string }} EventTime
 * @typedef {{ id: string, calendarId: string, title: string | null, location: string | null, allDay: boolean, start: EventTime,
 *   end: EventTime, status: string, busy: boolean, visibility: string, selfResponse: string | null, conferenceUrl: string | null }} CalendarEvent
 */

/** A request that failed: what the service said of it (RFC 9457), or that it could not be reached (`network`). */
export class Problem extends Error {
  /** @param {{ code: string, detail: string, status?: number, requestId?: string | null, retryAfterSeconds?: number | null }} said */
  constructor({ code, detail, status = 0, requestId = null, retryAfterSeconds = null }) {
    super(detail);
    this.name = 'Problem';
    this.code = code;
    this.detail = detail;
    this.status = status;
    this.requestId = requestId;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/** Told of every 401, whichever call met it. */
let onSignedOut = () => {};

/** @param {() => void} listener */
export function whenSignedOut(listener) {
  onSignedOut = listener;
}

/**
 * @param {'GET' | 'POST' | 'PATCH' | 'DELETE'} method
 * @param {string} path below /integrations
 * @param {{ body?: unknown, token?: string, quiet?: boolean }} [options] `quiet`: a 401 is an answer, not the end of a session
 * @returns {Promise<any>} the answer's JSON; null where there is none
 * @throws {Problem}
 */
export async function call(method, path, { body, token, quiet = false } = {}) {
  /** @type {Record<string, string>} */
  const headers = { Accept: 'application/json' };
  if (body !== undefined) headers['Content-Type'] = 'application/json';
  if (token !== undefined) headers['Authorization'] = `Bearer ${token}`;
  let response;
  let text;
  try {
    response = await fetch(BASE + path, {
      method,
      headers,
      body: body === undefined ? undefined : JSON.stringify(body),
      credentials: 'same-origin',
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    text = await response.text();
  } catch {
    throw new Problem({
      code: 'network',
      detail: 'The service could not be reached. Check your connection.',
    });
  }
  const answer = parse(text);
  if (response.ok && answer !== undefined) return answer;
  if (response.status === 401 && !quiet) onSignedOut();
  throw problemOf(response, answer);
}

/** @param {string} text */
function parse(text) {
  if (text === '') return null;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** A proxy in between may answer with a page of its own: then there is only a status to go by.
 * @param {Response} response @param {any} answer */
function problemOf(response, answer) {
  const retryAfter = Number(response.headers.get('Retry-After') ?? Number.NaN);
  return new Problem({
    code: typeof answer?.code === 'string' ? answer.code : 'server_error',
    detail:
      typeof answer?.detail === 'string'
        ? answer.detail
        : `The service did not answer properly (${response.status}).`,
    status: response.status,
    requestId:
      typeof answer?.requestId === 'string'
        ? answer.requestId
        : response.headers.get('X-Request-Id'),
    retryAfterSeconds: Number.isFinite(retryAfter) ? retryAfter : null,
  });
}

/** A query from what is set. @param {Record<string, string | number | null | undefined>} values */
export function query(values) {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(values))
    if (value !== null && value !== undefined && value !== '') search.set(name, String(value));
  return search.size === 0 ? '' : `?${search}`;
}

/** Where a browser goes to connect, or to reconnect an account. @param {string} provider @param {string} [accountId] */
export function connectAddress(provider, accountId) {
  return `${BASE}/auth/${encodeURIComponent(provider)}${query({ accountId })}`;
}

/** Where a sync is watched by server-sent events. @param {string} accountId */
export function syncAddress(accountId) {
  return `${BASE}/sync/${encodeURIComponent(accountId)}`;
}
