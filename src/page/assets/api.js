// Calls the public API of the same origin, with the session cookie. Every failure is a Problem.

import { badResponseText, TEXT } from './words.js';

/**
 * Where the page and the API are mounted, for example `/integrations`. This file is one level below
 * it, in `page/`.
 */
export const BASE = new URL('..', import.meta.url).pathname.replace(/\/$/, '');
const TIMEOUT_MS = 60_000;

/**
 * @typedef {{ id: string, name: string, scopes: string[] }} Provider
 * @typedef {{ code: string, message: string, retryable: boolean }} SyncError
 * @typedef {{ calendarsDone: number, calendarsTotal: number, eventsSeen: number }} Progress
 * @typedef {'idle' | 'queued' | 'running' | 'backoff' | 'error'} SyncState
 * @typedef {{ state: SyncState, phase: string | null, trigger: string | null, progress: Progress,
 *   error: SyncError | null }} Sync
 * @typedef {{ id: string, userId: string, provider: string, email: string | null,
 *   displayName: string | null, status: string, statusReason: string | null,
 *   lastSyncedAt: string | null, nextSyncAt: string | null, sync: Sync }} Account
 * @typedef {{ id: string, name: string, color: string | null, primary: boolean,
 *   accessRole: string, selected: boolean,
 *   sync: { state: string, error: SyncError | null } }} Calendar
 * @typedef {{ dateTime?: string, timeZone?: string | null, date?: string }} EventTime
 * @typedef {{ id: string, calendarId: string, title: string | null, location: string | null,
 *   allDay: boolean, start: EventTime, end: EventTime, status: string, busy: boolean,
 *   visibility: string, selfResponse: string | null,
 *   conferenceUrl: string | null }} CalendarEvent
 */

/**
 * A failed request: the service's problem document (RFC 9457), or code `network` if the service
 * could not be reached.
 */
export class Problem extends Error {
  /**
   * @param {{ code: string, detail: string, status?: number, requestId?: string | null,
   *   retryAfterSeconds?: number | null }} fields `status`: 0 without a response
   */
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

/** Called when any call gets a 401. */
let sessionEnded = () => {};

/** Sets what happens when a call finds that the session has ended. @param {() => void} listener */
export function onSessionEnd(listener) {
  sessionEnded = listener;
}

/**
 * Calls the API.
 * @param {'GET' | 'POST' | 'PATCH' | 'DELETE'} method
 * @param {string} path below the mount
 * @param {{ body?: unknown, token?: string, quiet?: boolean }} [options] `quiet`: a 401 does not
 *   mean that the session has ended
 * @returns {Promise<any>} the JSON of the response; null if it has no body
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
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    text = await response.text();
  } catch {
    throw new Problem({
      code: 'network',
      detail: TEXT.unreachable,
    });
  }
  const content = parse(text);
  if (response.ok && content !== undefined) return content;
  if (response.status === 401 && !quiet) sessionEnded();
  throw problemOf(response, content);
}

/** The JSON of a body; null if it is empty, undefined if it is not JSON. @param {string} text */
function parse(text) {
  if (text === '') return null;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * A proxy may answer with its own page instead of a problem document. Then only the status is
 * known.
 * @param {Response} response
 * @param {any} content
 */
function problemOf(response, content) {
  const retryAfter = Number(response.headers.get('Retry-After') ?? Number.NaN);
  return new Problem({
    code: typeof content?.code === 'string' ? content.code : 'server_error',
    detail: typeof content?.detail === 'string' ? content.detail : badResponseText(response.status),
    status: response.status,
    requestId:
      typeof content?.requestId === 'string'
        ? content.requestId
        : response.headers.get('X-Request-Id'),
    retryAfterSeconds: Number.isFinite(retryAfter) ? retryAfter : null,
  });
}

/**
 * A query string of the values that are set.
 * @param {Record<string, string | number | null | undefined>} values
 */
export function query(values) {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(values))
    if (value !== null && value !== undefined && value !== '') search.set(name, String(value));
  return search.size === 0 ? '' : `?${search}`;
}

/**
 * The address that starts to connect an account, or to reconnect one.
 * @param {string} provider
 * @param {string} [accountId]
 */
export function connectAddress(provider, accountId) {
  return `${BASE}/auth/${encodeURIComponent(provider)}${query({ accountId })}`;
}

/** The address of a sync's server-sent events. @param {string} accountId */
export function syncAddress(accountId) {
  return `${BASE}/sync/${encodeURIComponent(accountId)}`;
}
