// The OpenAPI 3.1 document, made from the routes and from the schemas that validate their requests.

import { z } from 'zod';
import { createDocument, type ZodOpenApiOverride, type ZodOpenApiPathsObject } from 'zod-openapi';
import type { ProviderId } from '../vocabulary.js';
import { HEADERS } from './openapi-headers.js';
import { operationOf } from './openapi-operation.js';
import type { Route } from './route.js';
import { ROUTES } from './routes/routes.js';

/** The groups of operations, in the order of the document. */
const TAGS = [
  { name: 'Sessions', description: 'Browser sessions: who is signed in here.' },
  { name: 'Providers', description: 'The providers that can be connected, and their notices.' },
  {
    name: 'Connecting',
    description: 'From the start to the callback: a user connects an account.',
  },
  { name: 'Accounts', description: 'Connected accounts: their list, their state, their end.' },
  { name: 'Sync', description: 'Reading the calendars of an account.' },
  { name: 'Calendars', description: 'The calendars of an account, and which of them are synced.' },
  { name: 'Events', description: 'Events, changes of events, and busy times.' },
  { name: 'Notifications', description: 'What happened to accounts, syncs and events.' },
  { name: 'Users', description: 'Everything of one user: erased, or handed out.' },
  { name: 'Backend', description: 'For your own backend: what it does with an account by itself.' },
  { name: 'Audit', description: 'Who did what.' },
  { name: 'Webhooks', description: 'Addresses of yours that get notifications.' },
];

/** What the document says beside the routes. */
export interface DocumentOptions {
  /** Where this service is, without `/integrations`. */
  readonly publicUrl: string;
  readonly version: string;
  /** Examples for the variable `provider` of a path. */
  readonly providerIds: readonly ProviderId[];
}

/** The whole document, as `/openapi.json` answers it. */
export function openApiDocument({
  publicUrl,
  version,
  providerIds,
}: DocumentOptions): ReturnType<typeof createDocument> {
  const prefix = publicUrl.startsWith('https:') ? '__Host-' : '';
  return createDocument(
    {
      openapi: '3.1.0',
      info: {
        title: 'calendar-connect',
        version,
        description:
          'Connect Google and Microsoft calendars. ' +
          'Errors are RFC 9457 problems with a stable `code`. ' +
          'More values of a `code`, a state or a kind, and more fields, may come at any time.',
        contact: { name: 'The operator of this service', url: publicUrl },
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      servers: [{ url: publicUrl }],
      tags: TAGS,
      paths: pathsOf(ROUTES, providerIds),
      components: {
        headers: HEADERS,
        securitySchemes: {
          bearer: {
            type: 'http',
            scheme: 'bearer',
            bearerFormat: 'JWT',
            description: 'A JWT of your product',
          },
          session: {
            type: 'apiKey',
            in: 'cookie',
            name: `${prefix}integrations-session`,
            description:
              'The browser session of `POST /integrations/session`. ' +
              'POST, PATCH and DELETE also need an allowed `Origin`',
          },
          service: {
            type: 'http',
            scheme: 'bearer',
            bearerFormat: 'cck_…',
            description:
              'A key of `SERVICE_KEYS`, or a JWT with the service role: your own backend. It ' +
              'names the user for whom a request is as `userId`. Never from a browser: a request ' +
              'with an `Origin` is refused',
          },
        },
      },
    },
    { override: openForMore },
  );
}

/**
 * Responses may get more fields and more values: a client made from the document has to survive
 * them. Known values of a response are examples, not the only ones; `x-extensible-enum` has them
 * for programs, such as the generator of our own client.
 */
const openForMore: ZodOpenApiOverride = ({ zodSchema, jsonSchema, io }) => {
  // The formats say the same as these patterns of hundreds of characters.
  if (jsonSchema.format !== undefined) delete jsonSchema.pattern;
  if (io === 'input') return;
  if (jsonSchema.additionalProperties === false) delete jsonSchema.additionalProperties;
  if (!(zodSchema instanceof z.ZodEnum)) return;
  const values = zodSchema.options.map(String);
  delete jsonSchema.enum;
  jsonSchema.type = 'string';
  jsonSchema.examples = values;
  jsonSchema['x-extensible-enum'] = values;
};

function pathsOf(
  routes: readonly Route[],
  providerIds: readonly ProviderId[],
): ZodOpenApiPathsObject {
  const paths: ZodOpenApiPathsObject = {};
  for (const route of routes) {
    const path = `/integrations${route.path.replaceAll(/[:*](\w+)/g, '{$1}')}`;
    paths[path] = { ...paths[path], [route.method]: operationOf(route, providerIds) };
  }
  return paths;
}
