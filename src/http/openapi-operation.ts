// One operation of the OpenAPI document, made from one route.

import { z } from 'zod';
import type { ZodOpenApiOperationObject, ZodOpenApiResponseObject } from 'zod-openapi';
import { ERRORS, type ErrorCode } from '../errors.js';
import type { ProviderId } from '../vocabulary.js';
import { bodyOfRoute, queryOfRoute } from './acting-for.js';
import type { Answer } from './answers.js';
import { type HeaderName, headersOf } from './openapi-headers.js';
import type { PathPart, Route, Who } from './route.js';
import {
  accountId,
  adminConsentId,
  calendarId,
  linkToken,
  Problem,
  providerId,
  providerPath,
  userId,
} from './schemas.js';
import { endpointId } from './webhook-schemas.js';

/** The problems of every route that asks who is calling. */
const CALLER_PROBLEMS: readonly ErrorCode[] = [
  'unauthenticated',
  'rate_limited',
  'temporarily_unavailable',
];
/** The problems of every route that not every caller may use, or not for every user. */
const KIND_PROBLEMS: readonly ErrorCode[] = ['forbidden'];
/** The problems of every route that pages call. */
const ORIGIN_PROBLEMS: readonly ErrorCode[] = ['origin_not_allowed'];
/** The problems of every route that refuses unknown parameters. */
const QUERY_PROBLEMS: readonly ErrorCode[] = ['invalid_request'];
/** The problems of every route that reads a JSON body. */
const BODY_PROBLEMS: readonly ErrorCode[] = ['payload_too_large', 'unsupported_media_type'];

const SECURITY: Readonly<Record<Who, Record<string, string[]>[]>> = {
  user: [{ bearer: [] }, { session: [] }, { service: [] }],
  'user or service': [{ bearer: [] }, { session: [] }, { service: [] }],
  service: [{ service: [] }],
  'service or admin': [{ service: [] }, { bearer: [] }, { session: [] }],
  optional: [{}, { bearer: [] }, { session: [] }],
  bearer: [{ bearer: [] }, { service: [] }],
  anyone: [],
};

/** The words of the variables of paths. */
const PARTS: Readonly<Record<string, z.ZodType>> = {
  accountId,
  calendarId,
  provider: providerId,
  endpointId,
  token: linkToken,
  providerOrRequestId: adminConsentId,
  path: providerPath,
  userId,
};

/** The operation of a route. @param providerIds examples for the variable `provider` */
export function operationOf(
  route: Route,
  providerIds: readonly ProviderId[],
): ZodOpenApiOperationObject {
  const { operationId, tag, summary, description, who, parts, ownQuery } = route;
  const [query, body] = [queryOfRoute(route), bodyOfRoute(route)];
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
    ...(query === undefined && ownQuery === undefined
      ? {}
      : { requestParams: { query: z.object({ ...query?.shape, ...ownQuery?.shape }) } }),
    ...(body === undefined ? {} : { requestBody: requestBodyOf(body) }),
    ...(route.isBodyPassedOn ? { requestBody: { content: ANY_TYPE } } : {}),
    responses: {
      ...problemsOf(route),
      ...answersOf(route),
      default: problemResponse('Any other problem, such as `server_error`', ['X-Request-Id']),
    },
  };
}

function parameterOf(name: string, part: PathPart, providerIds: readonly ProviderId[]) {
  const words = part.kind === 'provider' ? providerId : PARTS[name];
  const { description = name, examples = [] } = words?.meta() ?? {};
  return {
    name,
    in: 'path' as const,
    required: true,
    description,
    schema:
      part.kind === 'id'
        ? { type: 'string' as const, format: 'uuid', examples: [...examples] }
        : {
            type: 'string' as const,
            examples: part.kind === 'provider' ? [...providerIds] : [...examples],
          },
  };
}

/** A body that is passed on as it is. */
const ANY_TYPE = { '*/*': { schema: {} } };

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
    ...(route.who === 'anyone' || route.who === 'optional' ? [] : KIND_PROBLEMS),
    ...(route.isForAnyOrigin ? [] : ORIGIN_PROBLEMS),
    ...(route.isQueryOpen ? [] : QUERY_PROBLEMS),
    ...(route.body === undefined ? [] : BODY_PROBLEMS),
    ...(route.problems ?? []),
  ]);
  const byStatus = new Map<number, string[]>();
  for (const code of codes) {
    const { status } = ERRORS[code];
    byStatus.set(status, [...(byStatus.get(status) ?? []), `\`${code}\``]);
  }
  return Object.fromEntries(
    [...byStatus].map(([status, names]) => [
      String(status),
      problemResponse(names.join(', '), problemHeaders(route, status)),
    ]),
  );
}

function problemHeaders(route: Route, status: number): readonly HeaderName[] {
  return [
    'X-Request-Id',
    ...(status === 429 || status === 503 ? (['Retry-After'] as const) : []),
    ...(status === 429 && route.limit !== undefined ? LIMIT_HEADERS : []),
  ];
}

const LIMIT_HEADERS = ['RateLimit', 'RateLimit-Policy'] as const;

function problemResponse(
  description: string,
  headers: readonly HeaderName[],
): ZodOpenApiResponseObject {
  return {
    description,
    headers: headersOf(headers),
    content: { 'application/problem+json': { schema: Problem } },
  };
}

function answersOf(route: Route): Record<string, ZodOpenApiResponseObject> {
  const { answer, otherAnswers = [], limit } = route;
  const headers = [
    'X-Request-Id' as const,
    ...(limit === undefined ? [] : LIMIT_HEADERS),
  ] satisfies HeaderName[];
  return Object.fromEntries(
    [answer, ...otherAnswers].map((one) => [String(one.status), responseOf(one, headers)]),
  );
}

function responseOf(
  { description, schema, textTypes = [], isAnyType, location }: Answer<z.ZodType | null>,
  headers: readonly HeaderName[],
): ZodOpenApiResponseObject {
  const content = {
    ...(schema === null ? {} : { 'application/json': { schema } }),
    ...(isAnyType ? ANY_TYPE : {}),
    ...Object.fromEntries(textTypes.map((type) => [type, { schema: { type: 'string' as const } }])),
  };
  return {
    description,
    ...(Object.keys(content).length === 0 ? {} : { content }),
    headers: {
      ...headersOf(headers),
      ...(location === undefined
        ? {}
        : { Location: { description: location, schema: { type: 'string', format: 'uri' } } }),
    },
  };
}
