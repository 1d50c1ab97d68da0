/** The control API over HTTP: `POST /__sim/create-event` calls `control.createEvent({...})`. */
import { type Exchange, objectOf } from '../wire/exchange.js';
import { empty, json, type Reply } from '../wire/reply.js';
import type { ProviderName } from '../world/state.js';
import { CANNED_NAMES } from './canned-faults.js';
import type { Control, RequestFilter } from './control.js';

type Body = Record<string, unknown>;
type Answer = (control: Control, body: Body, exchange: Exchange) => unknown;

/** The methods that take one object. The body of the request is that object. */
const BY_NAME = [
  'calendars',
  'createCalendar',
  'updateCalendar',
  'deleteCalendar',
  'restoreCalendar',
  'createEvent',
  'updateEvent',
  'deleteEvent',
  'moveEvent',
  'editOccurrence',
  'deleteOccurrence',
  'splitSeries',
  'bulkCreateEvents',
  'createAccount',
  'updateAccount',
  'issueTokens',
  'revokeGrants',
  'withdrawScopes',
  'expireRefreshTokens',
  'expireAccessTokens',
  'refreshTokens',
  'rotateClientSecret',
  'updateTenant',
  'withdrawAdminConsent',
  'expireCursors',
  'configure',
  'peakParallelism',
  'sendLifecycle',
  'settleDeliveries',
] as const;

const kebabCase = (name: string) => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

const ROUTES = new Map<string, Answer>([
  ...BY_NAME.map((name): [string, Answer] => [
    `POST /${kebabCase(name)}`,
    (control, body) => (control[name as keyof Control] as (argument: Body) => unknown)(body),
  ]),
  ['GET /now', (control) => ({ now: control.now() })],
  [
    'POST /advance-clock',
    (control, body) => ({ now: control.advanceClock(Number(body['milliseconds'])) }),
  ],
  ['GET /settings', (control) => control.settings()],
  [
    'POST /set-page-size',
    (control, body) =>
      control.setPageSize(body['provider'] as ProviderName, body['size'] as number | null),
  ],
  ['GET /channels', (control) => control.channels()],
  ['GET /subscriptions', (control) => control.subscriptions()],
  ['GET /deliveries', (control) => control.deliveries()],
  ['DELETE /deliveries', (control) => control.clearDeliveries()],
  ['GET /accounts', (control) => control.accounts()],
  ['GET /tenants', (control) => control.tenants()],
  ['GET /faults', (control) => ({ faults: control.faults(), canned: CANNED_NAMES })],
  ['POST /faults', (control, body) => control.addFault(body)],
  ['DELETE /faults', (control, _, { query }) => control.clearFaults(query.get('id') ?? undefined)],
  [
    'GET /requests',
    (control, _, { query }) => control.requests(Object.fromEntries(query) as RequestFilter),
  ],
  ['DELETE /requests', (control) => control.clearRequests()],
  [
    'GET /view',
    (control, _, { query }) => {
      const get = (name: string) => query.get(name) ?? '';
      const calendarId = query.get('calendarId') ?? undefined;
      return control.view(
        get('provider') as ProviderName,
        get('user'),
        calendarId,
        get('from'),
        get('to'),
      );
    },
  ],
]);

/**
 * Answers `/__sim/...`: 200 with the result as JSON, 204 without a result, 400 with the error
 * message.
 */
export async function answerControl(control: Control, exchange: Exchange): Promise<Reply> {
  const path = exchange.url.pathname.replace(/^\/__sim/, '');
  const answer = ROUTES.get(`${exchange.method} ${path}`);
  if (!answer)
    return json(404, {
      error: `The control API has no ${exchange.method} ${path}. See the list of controls.`,
      controls: [...ROUTES.keys()],
    });
  try {
    const result = await answer(control, objectOf(exchange) ?? {}, exchange);
    return result === undefined ? empty(204) : json(200, result);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return json(400, { error: explain(message, `${exchange.method} ${path}`) });
  }
}

/** Explains the engine's message about a missing field, which says nothing about the request. */
function explain(message: string, control: string): string {
  if (!/^Cannot (read|destructure) propert/.test(message)) return message;
  return `The body of ${control} lacks a field (${message}). sandbox/README.md shows the fields.`;
}
