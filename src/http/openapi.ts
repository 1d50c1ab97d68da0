// The OpenAPI 3.1 document, made from the routes and from the schemas that validate their requests.

import type { z } from 'zod';
import {
  createDocument,
  type ZodOpenApiOperationObject,
  type ZodOpenApiPathsObject,
  type ZodOpenApiResponseObject,
} from 'zod-openapi';
import { ERRORS, type ErrorCode } from '../errors.js';
import type { ProviderId } from '../vocabulary.js';
import type { Answer } from './answers.js';
import type { PathPart, Route, Who } from './route.js';
import { ROUTES } from './routes/routes.js';
import { Problem } from './schemas.js';

/** The problems of every route that asks who is calling. */
const CALLER_PROBLEMS: readonly ErrorCode[] = [
  'unauthenticated',
  'rate_limited',
  'temporarily_unavailable',
];
/** The problems of every route that pages call. */
const ORIGIN_PROBLEMS: readonly ErrorCode[] = ['origin_not_allowed'];
/** The problems of every route that refuses unknown parameters. */
const QUERY_PROBLEMS: readonly ErrorCode[] = ['invalid_request'];
/** The problems of every route that reads a JSON body. */
const BODY_PROBLEMS: readonly ErrorCode[] = ['payload_too_large', 'unsupported_media_type'];

const SECURITY: Readonly<Record<Who, Record<string, string[]>[]>> = {
  user: [{ bearer: [] }, { session: [] }],
  optional: [{ bearer: [] }, { session: [] }],
  bearer: [{ bearer: [] }],
  anyone: [],
};

/** What the document says beside the routes. */
export interface DocumentOptions {
  /** Origin of this service. */
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
  return createDocument({
    openapi: '3.1.0',
    info: {
      title: 'calendar-connect',
      version,
      description:
        'Connect Google and Microsoft calendars. ' +
        'Errors are RFC 9457 problems with a stable `code`.',
    },
    servers: [{ url: publicUrl }],
    paths: pathsOf(ROUTES, providerIds),
    components: {
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' },
        session: { type: 'apiKey', in: 'cookie', name: '__Host-integrations-session' },
      },
    },
  });
}

function pathsOf(
  routes: readonly Route[],
  providerIds: readonly ProviderId[],
): ZodOpenApiPathsObject {
  const paths: ZodOpenApiPathsObject = {};
  for (const route of routes) {
    const path = `/integrations${route.path.replaceAll(/:(\w+)/g, '{$1}')}`;
    paths[path] = { ...paths[path], [route.method]: operationOf(route, providerIds) };
  }
  return paths;
}

function operationOf(route: Route, providerIds: readonly ProviderId[]): ZodOpenApiOperationObject {
  const { operationId, tag, summary, description, who, parts, query, body } = route;
  return {
    operationId,
    tags: [tag],
    summary,
    ...(description === undefined ? {} : { description }),
    security: SECURITY[who],
    ...(parts === undefined
      ? {}
      : {
          parameters: Object.entries(parts).map(([name, part]) =>
            parameterOf(name, part, providerIds),
          ),
        }),
    ...(query === undefined ? {} : { requestParams: { query } }),
    ...(body === undefined ? {} : { requestBody: requestBodyOf(body) }),
    responses: { ...problemsOf(route), ...answersOf(route) },
  };
}

function parameterOf(name: string, part: PathPart, providerIds: readonly ProviderId[]) {
  return {
    name,
    in: 'path' as const,
    required: true,
    schema:
      part.kind === 'id'
        ? { type: 'string' as const, format: 'uuid' }
        : { type: 'string' as const, examples: [...providerIds] },
  };
}

function requestBodyOf(schema: z.ZodObject) {
  const isOptional = schema.safeParse({}).success;
  return {
    ...(isOptional ? {} : { required: true }),
    content: { 'application/json': { schema } },
  };
}

/** The problems of a route by status; the description of a status names its codes. */
function problemsOf(route: Route): Record<string, ZodOpenApiResponseObject> {
  const codes = new Set<ErrorCode>([
    ...(route.who === 'anyone' ? [] : CALLER_PROBLEMS),
    ...(route.isForAnyOrigin ? [] : ORIGIN_PROBLEMS),
    ...(route.isQueryOpen ? [] : QUERY_PROBLEMS),
    ...(route.body === undefined ? [] : BODY_PROBLEMS),
    ...(route.problems ?? []),
  ]);
  const byStatus = new Map<string, string[]>();
  for (const code of codes) {
    const status = String(ERRORS[code].status);
    byStatus.set(status, [...(byStatus.get(status) ?? []), `\`${code}\``]);
  }
  return Object.fromEntries(
    [...byStatus].map(([status, names]) => [
      status,
      {
        description: names.join(', '),
        content: { 'application/problem+json': { schema: Problem } },
      },
    ]),
  );
}

function answersOf({ answer, otherAnswers = [] }: Route): Record<string, ZodOpenApiResponseObject> {
  return Object.fromEntries(
    [answer, ...otherAnswers].map((one) => [String(one.status), responseOf(one)]),
  );
}

function responseOf({
  description,
  schema,
  textTypes = [],
  location,
}: Answer<z.ZodType | null>): ZodOpenApiResponseObject {
  const content = {
    ...(schema === null ? {} : { 'application/json': { schema } }),
    ...Object.fromEntries(textTypes.map((type) => [type, { schema: { type: 'string' as const } }])),
  };
  return {
    description,
    ...(Object.keys(content).length === 0 ? {} : { content }),
    ...(location === undefined
      ? {}
      : {
          headers: { Location: { description: location, schema: { type: 'string' as const } } },
        }),
  };
}
