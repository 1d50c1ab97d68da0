// The OpenAPI 3.1 document, made of the very schemas that validate requests.

import type { z } from 'zod';
import {
  createDocument,
  type ZodOpenApiOperationObject,
  type ZodOpenApiPathsObject,
} from 'zod-openapi';
import { PROVIDERS } from '../providers/catalogue.js';
import * as schemas from './schemas.js';

const json = (schema: z.ZodType, description: string) => ({
  description,
  content: { 'application/json': { schema } },
});
const problem = (description: string) => ({
  description,
  content: { 'application/problem+json': { schema: schemas.Problem } },
});
const redirect = (description: string) => ({
  description,
  headers: {
    Location: { description: 'Where the browser goes', schema: { type: 'string' as const } },
  },
});

const FAILURES = {
  '400': problem('The request is at fault'),
  '401': problem('No valid JWT or session'),
  '403': problem('Not allowed'),
  '429': problem('Too many requests'),
  '503': problem('A store or a provider is away; see Retry-After'),
};
const UNREADABLE = {
  '413': problem('The body is too large'),
  '415': problem('The body is not JSON'),
};
/** What may become of a connection, to a client that reads problems. */
const UNCONNECTED = {
  '400': problem('`invalid_state` and other faults'),
  '403': problem('`access_denied`, `missing_scopes`, `no_refresh_token`, `admin_consent_required`'),
  '409': problem('`account_mismatch`, `account_already_connected`'),
  '500': problem('`server_error`'),
  '502': problem('`provider_misconfigured`, `provider_error`'),
  '503': problem('`provider_unavailable`, `temporarily_unavailable`'),
};
const GONE = { '404': problem('No such thing among yours') };

const id = (name: string) => ({
  name,
  in: 'path' as const,
  required: true,
  schema: { type: 'string' as const, format: 'uuid' },
});
const provider = {
  name: 'provider',
  in: 'path' as const,
  required: true,
  schema: { type: 'string' as const, examples: [...PROVIDERS.keys()] },
};
const signedIn: Record<string, string[]>[] = [{ bearer: [] }, { session: [] }];

function operation(
  summary: string,
  rest: Partial<ZodOpenApiOperationObject> & Pick<ZodOpenApiOperationObject, 'responses'>,
): ZodOpenApiOperationObject {
  return { summary, security: signedIn, ...rest };
}

const PATHS: ZodOpenApiPathsObject = {
  '/integrations/session': {
    post: operation('Open a browser session', {
      security: [{ bearer: [] }],
      responses: { '204': { description: 'The session cookie is set' }, ...FAILURES },
    }),
    get: operation('Whose session this is', {
      responses: {
        '200': json(schemas.WhoIs, 'The caller'),
        '204': { description: 'Nobody is signed in' },
        ...FAILURES,
      },
    }),
    delete: operation('End the browser session', {
      responses: { '204': { description: 'Gone' }, ...FAILURES },
    }),
  },
  '/integrations/providers': {
    get: operation('Providers this deployment can connect', {
      responses: { '200': json(schemas.ProviderList, 'Providers'), ...FAILURES },
    }),
  },
  '/integrations/oauth-url/{provider}': {
    get: operation('Begin an authorization request', {
      description:
        'Call it with credentials: the answer sets the cookie that binds the flow to this browser.',
      parameters: [provider],
      requestParams: { query: schemas.StartQuery },
      responses: {
        '200': json(schemas.Authorization, 'Where to send the browser'),
        ...GONE,
        ...FAILURES,
      },
    }),
  },
  '/integrations/auth/{provider}': {
    get: operation('Begin an authorization request by navigating', {
      parameters: [provider],
      requestParams: { query: schemas.StartQuery },
      responses: {
        '302': redirect('To the provider; a browser that is not signed in goes to the frontend'),
        ...GONE,
        ...FAILURES,
      },
    }),
  },
  '/integrations/auth/{provider}/callback': {
    get: operation('The way back from the provider', {
      description:
        'Redirects to the frontend with status, provider and accountId or error. Clients that accept JSON and not HTML get the problem.',
      security: [],
      parameters: [provider],
      responses: {
        '302': redirect('To the frontend'),
        ...UNCONNECTED,
        '429': FAILURES['429'],
      },
    }),
  },
  '/integrations/complete': {
    post: operation('Complete a parked callback', {
      description: 'Only with OAUTH_COMPLETION=frontend.',
      requestBody: {
        required: true,
        content: { 'application/json': { schema: schemas.CompleteBody } },
      },
      responses: {
        '200': json(schemas.Account, 'The connected account'),
        ...FAILURES,
        ...UNCONNECTED,
        '403': problem('`invalid_ticket`, and what consent may lack'),
        ...GONE,
        ...UNREADABLE,
      },
    }),
  },
  '/integrations/accounts': {
    get: operation("Connected accounts: one's own, or everyone's for an admin", {
      requestParams: { query: schemas.AccountsQuery },
      responses: { '200': json(schemas.AccountPage, 'Newest first'), ...FAILURES },
    }),
  },
  '/integrations/accounts/{accountId}': {
    get: operation('One account', {
      parameters: [id('accountId')],
      responses: { '200': json(schemas.Account, 'The account'), ...GONE, ...FAILURES },
    }),
    delete: operation('Disconnect', {
      description:
        'Local removal always succeeds; the answer says what could be done at the provider.',
      parameters: [id('accountId')],
      responses: { '200': json(schemas.Disconnected, 'What was done'), ...GONE, ...FAILURES },
    }),
  },
  '/integrations/sync/{accountId}': {
    post: operation('Start a sync, or join the one under way', {
      parameters: [id('accountId')],
      requestBody: { content: { 'application/json': { schema: schemas.SyncBody } } },
      responses: {
        '202': json(schemas.SyncAccepted, 'Accepted'),
        '409': problem('`reauthorization_required`'),
        ...GONE,
        ...FAILURES,
        ...UNREADABLE,
      },
    }),
    get: operation('How the sync is going', {
      parameters: [id('accountId')],
      responses: {
        '200': {
          description:
            'The sync, or with Accept: text/event-stream an event `sync` on every change until it ends',
          content: {
            'application/json': { schema: schemas.Sync },
            'text/event-stream': { schema: { type: 'string' } },
          },
        },
        ...GONE,
        ...FAILURES,
      },
    }),
  },
  '/integrations/accounts/{accountId}/calendars': {
    get: operation("An account's calendars", {
      parameters: [id('accountId')],
      responses: { '200': json(schemas.CalendarList, 'Calendars'), ...GONE, ...FAILURES },
    }),
  },
  '/integrations/accounts/{accountId}/calendars/{calendarId}': {
    patch: operation('Choose whether a calendar is synced', {
      parameters: [id('accountId'), id('calendarId')],
      requestBody: {
        required: true,
        content: { 'application/json': { schema: schemas.SelectBody } },
      },
      responses: {
        '200': json(schemas.Calendar, 'The calendar'),
        ...GONE,
        ...FAILURES,
        ...UNREADABLE,
      },
    }),
  },
  '/integrations/free-busy': {
    get: operation('When the caller is busy, over one or all of their accounts', {
      requestParams: { query: schemas.FreeBusyQuery },
      responses: { '200': json(schemas.FreeBusy, 'Merged busy intervals'), ...GONE, ...FAILURES },
    }),
  },
  '/integrations/accounts/{accountId}/events': {
    get: operation("An account's events", {
      parameters: [id('accountId')],
      requestParams: { query: schemas.EventsQuery },
      responses: { '200': json(schemas.EventPage, 'Ordered by start'), ...GONE, ...FAILURES },
    }),
  },
  '/integrations/webhooks/{provider}': {
    post: operation('Where providers notify of changes', {
      description:
        'For providers alone: a notice counts when it carries the secret of its channel. The answer is the same when it does not. A provider that tries the address out with `validationToken` gets it back as text.',
      security: [],
      parameters: [provider],
      responses: {
        '200': {
          description: 'The validation token',
          content: { 'text/plain': { schema: { type: 'string' } } },
        },
        '202': { description: 'Taken in; a sync follows where a secret was right' },
        '400': FAILURES['400'],
        '413': problem('More than 256 KiB'),
        '503': FAILURES['503'],
      },
    }),
  },
};

/** @param publicUrl origin of this service */
export function openApiDocument(
  publicUrl: string,
  version: string,
): ReturnType<typeof createDocument> {
  return createDocument({
    openapi: '3.1.0',
    info: {
      title: 'calendar-connect',
      version,
      description:
        'Connect Google and Microsoft calendars. Errors are RFC 9457 problems with a stable `code`.',
    },
    servers: [{ url: publicUrl }],
    paths: PATHS,
    components: {
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' },
        session: { type: 'apiKey', in: 'cookie', name: '__Host-integrations-session' },
      },
    },
  });
}
