/** The canned faults: failures of real providers, each with a name. */
import * as google from '../google/errors.js';
import { aadstsReply } from '../microsoft/aadsts.js';
import * as graph from '../microsoft/graph-error.js';
import type { Exchange } from '../wire/exchange.js';
import type { Fault, FaultEffect, FaultMatch } from '../wire/faults.js';
import { json, type Reply } from '../wire/reply.js';

type CannedFault = FaultMatch & FaultEffect & Pick<Fault, 'name'> & { reply?: Fault['reply'] };

const API = 'google.*';
const GRAPH = 'microsoft.*';
const TOKEN = '*.token';

const byProvider = (forGoogle: () => Reply, aadsts: number) => (exchange: Exchange) =>
  exchange.url.pathname.startsWith('/google/') ? forGoogle() : aadstsReply(exchange.world, aadsts);

const backendError = () => google.googleError(500, 'backendError', 'Backend Error');

const CANNED: Record<string, Omit<CannedFault, 'name'>> = {
  'google.403.rateLimit': { route: API, reply: () => google.rateLimitExceeded() },
  'google.403.userRateLimit': {
    route: API,
    reply: () => google.rateLimitExceeded('userRateLimitExceeded'),
  },
  'google.403.quota': { route: API, reply: google.quotaExceeded },
  'google.403.insufficientPermissions': { route: API, reply: google.insufficientScopes },
  'google.403.notACalendarUser': { route: API, reply: google.notACalendarUser },
  'google.403.forbidden': {
    route: API,
    reply: () => google.googleError(403, 'forbidden', 'Forbidden'),
  },
  'google.404': { route: API, reply: google.notFound },
  'google.410': { route: 'google.events.list', query: 'syncToken', reply: google.fullSyncRequired },
  'google.401.once': { route: API, times: 1, reply: google.invalidCredentials },
  'google.401': { route: API, times: 'always', reply: google.invalidCredentials },
  'google.429': {
    route: API,
    reply: () =>
      google.googleError(429, 'rateLimitExceeded', 'Rate Limit Exceeded', {
        domain: 'usageLimits',
      }),
  },
  'google.500': { route: API, reply: backendError },
  'google.503': {
    route: API,
    reply: () => google.googleError(503, 'backendError', 'Service Unavailable'),
  },
  'ms.429.retryAfter': { route: GRAPH, reply: ({ world }) => graph.throttled(world, 2) },
  'ms.503': {
    route: GRAPH,
    reply: ({ world }) =>
      graph.graphError(
        world,
        503,
        'ErrorServerBusy',
        'The server cannot service this request right now. Try again later.',
        { 'retry-after': '1' },
      ),
  },
  'ms.500': {
    route: GRAPH,
    reply: ({ world }) =>
      graph.graphError(
        world,
        500,
        'ErrorInternalServerError',
        'An internal server error occurred. The operation failed.',
      ),
  },
  'ms.504': {
    route: GRAPH,
    reply: ({ world }) => graph.graphError(world, 504, 'GatewayTimeout', 'The request timed out.'),
  },
  'ms.401.once': { route: GRAPH, times: 1, reply: ({ world }) => graph.invalidToken(world) },
  'ms.401': { route: GRAPH, times: 'always', reply: ({ world }) => graph.invalidToken(world) },
  'ms.403': { route: GRAPH, reply: ({ world }) => graph.accessDenied(world) },
  'ms.404': { route: GRAPH, reply: ({ world }) => graph.itemNotFound(world) },
  'ms.410': {
    route: 'microsoft.calendarView.delta',
    query: '$deltatoken',
    reply: ({ world, url }) =>
      graph.syncStateGone(
        world,
        world.state.settings.microsoft.goneVariant,
        `${world.urls.graph}${url.pathname.replace('/microsoft/graph/v1.0', '')}?$deltatoken=`,
      ),
  },
  'ms.mailboxNotEnabled': {
    route: GRAPH,
    times: 'always',
    reply: ({ world }) => graph.mailboxNotEnabled(world),
  },
  'ms.mailboxNotHosted': {
    route: GRAPH,
    times: 'always',
    reply: ({ world }) =>
      graph.graphError(
        world,
        404,
        'MailboxNotHostedInExchangeOnline',
        'The mailbox is not hosted in Exchange Online.',
      ),
  },
  'ms.noExchange': {
    route: GRAPH,
    times: 'always',
    reply: ({ world }) =>
      graph.graphError(
        world,
        401,
        'OrganizationFromTenantGuidNotFound',
        `The tenant for tenant guid '${world.random.uuid()}' does not exist.`,
      ),
  },
  'ms.resourceNotDiscovered': {
    route: GRAPH,
    times: 'always',
    reply: ({ world }) =>
      graph.graphError(world, 404, 'ResourceNotFound', 'Resource could not be discovered.'),
  },
  'token.invalid_grant': {
    route: TOKEN,
    reply: byProvider(
      () =>
        json(400, {
          error: 'invalid_grant',
          error_description: 'Token has been expired or revoked.',
        }),
      50173,
    ),
  },
  'token.invalid_client': {
    route: TOKEN,
    times: 'always',
    reply: byProvider(
      () => json(401, { error: 'invalid_client', error_description: 'Unauthorized' }),
      7000215,
    ),
  },
  'token.expired_client': {
    route: TOKEN,
    times: 'always',
    reply: byProvider(
      () =>
        json(401, { error: 'invalid_client', error_description: 'The OAuth client was disabled.' }),
      7000222,
    ),
  },
  'token.temporarily_unavailable': {
    route: TOKEN,
    reply: byProvider(() => json(503, { error: 'temporarily_unavailable' }), 90033),
  },
  'token.admin_policy_enforced': {
    route: TOKEN,
    reply: byProvider(() => json(400, { error: 'admin_policy_enforced' }), 53003),
  },
  'token.invalid_rapt': {
    route: TOKEN,
    reply: byProvider(
      () =>
        json(400, {
          error: 'invalid_grant',
          error_description: 'reauth related error (invalid_rapt)',
          error_subtype: 'invalid_rapt',
        }),
      70043,
    ),
  },
  'token.500': {
    route: TOKEN,
    reply: byProvider(() => json(500, { error: 'internal_failure' }), 90033),
  },
  'token.timeoutAfterRotation': { route: TOKEN, afterHandling: true, hang: true },
  'token.dropAfterRotation': { route: TOKEN, afterHandling: true, drop: true },
  'html.502': { html: true },
  'truncated.json': { truncate: true },
  byteOrderMark: { byteOrderMark: true, times: 'always' },
  'null.body': { status: 200, body: null },
  'huge.body': { hugeBytes: 20 * 1024 * 1024 },
  'redirect.elsewhere': { redirectTo: 'http://127.0.0.1:9/elsewhere' },
  hang: { hang: true },
  drop: { drop: true },
  'drop.midBody': { drop: 'mid-body' },
};

/** The names of all canned faults. */
export const CANNED_NAMES: readonly string[] = Object.keys(CANNED);

/**
 * Finds a canned fault. `google.500x3` is `google.500` three times. `aadsts.50173` is an AADSTS
 * error at Microsoft's token endpoint; any number works. @throws Error for an unknown name.
 */
export function cannedFault(name: string): CannedFault {
  const aadsts = /^aadsts\.(\d+)$/.exec(name);
  if (aadsts)
    return {
      name,
      route: 'microsoft.token',
      reply: ({ world }) => aadstsReply(world, Number(aadsts[1])),
    };
  const times = /^(.+)x(\d+)$/.exec(name);
  const found = CANNED[times?.[1] ?? name];
  if (!found)
    throw new Error(`There is no canned fault ${name}. Use one of: ${CANNED_NAMES.join(', ')}`);
  return { ...found, ...(times ? { times: Number(times[2]) } : {}), name };
}
