// The OpenAPI document: valid, complete, and equal to the service's responses.

import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ERRORS } from '../../src/errors.js';
import { openApiDocument } from '../../src/http/openapi.js';
import { buildAccount } from '../support/build-account.js';
import { type Deployment, deploy, type Host } from '../support/deployment.js';
import { type RawAnswer, raw } from './expectations.js';
import { resolve, type Schema, violations } from './json-schema.js';

const HOSTS: readonly Host[] = ['standalone', 'mounted'];
const METHODS = ['get', 'post', 'put', 'patch', 'delete'] as const;

interface Operation {
  readonly summary: string;
  readonly description?: string;
  readonly tags: readonly string[];
  readonly parameters?: readonly {
    name: string;
    in: string;
    description?: string;
    required?: boolean;
    schema: Schema;
  }[];
  readonly requestBody?: { readonly content: Record<string, { schema: Schema }> };
  readonly responses: Record<
    string,
    { description: string; headers?: object; content?: Record<string, { schema: Schema }> }
  >;
  readonly security?: readonly Record<string, string[]>[];
  readonly operationId?: string;
}

interface Document {
  readonly openapi: string;
  readonly info: { readonly title: string; readonly version: string };
  readonly servers: readonly { readonly url: string }[];
  readonly paths: Record<string, Record<string, Operation>>;
  readonly tags: readonly { readonly name: string; readonly description: string }[];
  readonly components: {
    readonly headers: Record<string, { readonly description: string }>;
    readonly schemas: Record<string, Schema>;
    readonly securitySchemes: Record<string, object>;
  };
}

describe.each(HOSTS)('the OpenAPI document, %s', (host) => {
  let deployment: Deployment;
  let document: Document;
  let accountId: string;

  beforeAll(async () => {
    deployment = await deploy({ host });
    document = (await raw(deployment.url, '/openapi.json')).body;
    ({ id: accountId } = await buildAccount(deployment, {
      userId: 'ana',
      email: 'ana@example.com',
    }));
  });
  afterAll(() => deployment?.stop());

  const operations = (): readonly (readonly [string, string, Operation])[] =>
    Object.entries(document.paths).flatMap(([path, item]) =>
      METHODS.filter((method) => item[method] !== undefined).map(
        (method) => [method, path, item[method]!] as const,
      ),
    );

  test('the document is OpenAPI 3.1 of this service', () => {
    expect(document.openapi).toMatch(/^3\.1\.\d+$/);
    expect(document.info).toMatchObject({
      title: expect.any(String),
      version: expect.stringMatching(/^\d+\.\d+\.\d+/),
    });
    expect(document.servers).toEqual([{ url: deployment.url }]);
    expect(Object.keys(document).sort()).toEqual([
      'components',
      'info',
      'openapi',
      'paths',
      'servers',
      'tags',
    ]);
  });

  test('every operation has a summary, its path parameters, answers with a description and known ways to sign in', () => {
    expect(operations().length).toBeGreaterThan(10);
    for (const [method, path, operation] of operations()) {
      const place = `${method} ${path}`;
      expect([place, operation.summary.length > 5]).toEqual([place, true]);
      const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      const declared = (operation.parameters ?? []).filter((parameter) => parameter.in === 'path');
      expect([place, declared.map(({ name }) => name)]).toEqual([place, inPath]);
      for (const parameter of declared) expect([place, parameter.required]).toEqual([place, true]);
      const names = (operation.parameters ?? []).map(({ name, in: where }) => `${where} ${name}`);
      expect(new Set(names).size).toBe(names.length);
      for (const [status, response] of Object.entries(operation.responses)) {
        expect([place, status]).toEqual([place, expect.stringMatching(/^([2-5]\d\d|default)$/)]);
        expect(response.description).toBeTruthy();
      }
      for (const name of (operation.security ?? []).flatMap((one) => Object.keys(one)))
        expect(document.components.securitySchemes).toHaveProperty(name);
      if (method === 'get' || method === 'delete') expect(operation.requestBody).toBeUndefined();
    }
    for (const path of Object.keys(document.paths)) expect(path).toMatch(/^\/[^?#]*[^/?#]$/);
    const ids = operations().flatMap(([, , { operationId }]) => operationId ?? []);
    expect(new Set(ids).size).toBe(ids.length);
  });

  test('every reference has a target, and every schema can be checked', () => {
    const seen = (part: unknown, visit: (object: Schema) => void): void => {
      if (typeof part !== 'object' || part === null) return;
      if (!Array.isArray(part)) visit(part as Schema);
      for (const value of Object.values(part)) seen(value, visit);
    };
    let references = 0;
    seen(document, ({ $ref }) => {
      if (typeof $ref !== 'string') return;
      references += 1;
      resolve($ref, document);
    });
    expect(references).toBeGreaterThan(10);
    const schemas: Schema[] = Object.values(document.components.schemas);
    for (const [, , { parameters = [], requestBody, responses }] of operations()) {
      schemas.push(...parameters.map(({ schema }) => schema));
      for (const { content = {} } of [
        ...Object.values(responses),
        ...(requestBody ? [requestBody] : []),
      ])
        schemas.push(...Object.values(content).map(({ schema }) => schema));
    }
    for (const schema of schemas) {
      expect(typeof schema).toBe('object');
      expect(
        violations(undefined, schema, document).filter((problem) =>
          /unknown (keyword|format)/.test(problem),
        ),
      ).toEqual([]);
    }
  });

  test('the document has every route of the router, and no other', () => {
    const routes = (
      deployment.service.router.stack as {
        route?: { path: string; methods: Record<string, boolean> };
      }[]
    )
      .flatMap(({ route }) => (route === undefined ? [] : [route]))
      .flatMap(({ path, methods }) =>
        Object.keys(methods)
          .filter((method) => method !== '_all')
          .map((method) => `${method} /integrations${path.replaceAll(/[:*](\w+)/g, '{$1}')}`),
      );
    expect(
      operations()
        .map(([method, path]) => `${method} ${path}`)
        .sort(),
    ).toEqual(routes.sort());
  });

  test('the document lists exactly the existing error codes', () => {
    const { properties } = document.components.schemas['Problem'] as {
      properties: { code: { examples: string[] } };
    };
    expect([...properties.code.examples].sort()).toEqual(Object.keys(ERRORS).sort());
  });

  test('every operation, parameter and field has words, and an example where it is a value', () => {
    const tags = new Set(document.tags.map(({ name }) => name));
    for (const { name, description } of document.tags)
      expect([name, description.length > 10]).toEqual([name, true]);
    for (const [method, path, operation] of operations()) {
      const place = `${method} ${path}`;
      expect([place, operation.operationId]).toEqual([
        place,
        expect.stringMatching(/^[a-z]+[A-Z][A-Za-z]+$/),
      ]);
      expect([place, (operation.description ?? '').length > 10]).toEqual([place, true]);
      expect([place, operation.tags.every((tag) => tags.has(tag))]).toEqual([place, true]);
      for (const { name, description, schema } of operation.parameters ?? [])
        expect([place, name, description, schema['examples']]).toEqual([
          place,
          name,
          expect.stringMatching(/.{5}/),
          expect.arrayContaining([expect.anything()]),
        ]);
    }
    const bare: string[] = [];
    const visit = (schema: Schema, at: string, isField: boolean): void => {
      if (schema['$ref'] !== undefined) return;
      if (isField && schema['description'] === undefined) bare.push(`${at} has no description`);
      const inner = [schema['anyOf'], schema['oneOf']].flatMap((one) => (one ?? []) as Schema[]);
      const isValue = ![schema, ...inner].some(
        (one) => one['properties'] ?? one['items'] ?? one['$ref'],
      );
      if (isField && isValue && schema['examples'] === undefined) bare.push(`${at} has no example`);
      for (const one of inner) visit(one, at, false);
      if (schema['items'] !== undefined) visit(schema['items'] as Schema, `${at}[]`, false);
      for (const [name, one] of Object.entries(
        (schema['properties'] ?? {}) as Record<string, Schema>,
      ))
        visit(one, `${at}.${name}`, true);
    };
    for (const [name, schema] of Object.entries(document.components.schemas))
      visit(schema, name, true);
    for (const [method, path, { requestBody }] of operations())
      for (const { schema } of Object.values(requestBody?.content ?? {}))
        visit(schema, `${method} ${path}`, false);
    expect(bare).toEqual([]);
  });

  test('responses may get more fields and more values', () => {
    const closed: string[] = [];
    const visit = (part: unknown, at: string): void => {
      if (typeof part !== 'object' || part === null) return;
      const { additionalProperties, enum: values } = part as Record<string, unknown>;
      if (additionalProperties === false || values !== undefined) closed.push(at);
      for (const [name, inner] of Object.entries(part)) visit(inner, `${at}/${name}`);
    };
    visit(document.components.schemas, 'schemas');
    for (const [method, path, { responses }] of operations()) visit(responses, `${method} ${path}`);
    expect(closed).toEqual([]);
    const { Account } = document.components.schemas as unknown as Record<
      string,
      { properties: Record<string, Schema> }
    >;
    expect(Account?.properties['status']).toMatchObject({
      type: 'string',
      examples: ['connected', 'reauthorization_required', 'disconnecting'],
    });
  });

  test('headers, ways to sign in and the callback’s parameters are described', () => {
    const operation = (method: string, path: string) => document.paths[path]?.[method] as Operation;
    expect(operation('get', '/integrations/session').security).toContainEqual({});
    const events = operation('get', '/integrations/accounts/{accountId}/events');
    expect(events.responses['410']?.description).toContain('changes_expired');
    for (const [name, header] of Object.entries(document.components.headers))
      expect([name, header.description.length > 10]).toEqual([name, true]);
    expect(Object.keys(events.responses['200']?.headers ?? {})).toEqual([
      'X-Request-Id',
      'RateLimit',
      'RateLimit-Policy',
    ]);
    expect(Object.keys(events.responses['429']?.headers ?? {})).toContain('Retry-After');
    expect(Object.keys(events.responses['503']?.headers ?? {})).toContain('Retry-After');
    const callback = operation('get', '/integrations/auth/{provider}/callback');
    expect(callback.parameters?.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['provider', 'state', 'code', 'error', 'iss']),
    );
    expect(document.components.securitySchemes['session']).toMatchObject({
      name: 'integrations-session',
    });
    const secure = openApiDocument({
      publicUrl: 'https://calendars.example.com',
      version: '1.0.0',
      providerIds: ['one'],
    });
    expect(secure.components?.securitySchemes?.['session']).toMatchObject({
      name: '__Host-integrations-session',
    });
    expect(JSON.stringify(document).match(/\^\(\?:\(\?:\\\\d/g)).toBeNull();
  });

  /** Expects that the response is documented for its operation, with status, type and schema. */
  function expectDocumented(method: string, path: string, answer: RawAnswer): void {
    const place = `${method} ${path} ${answer.status}`;
    const operation = document.paths[path]?.[method.toLowerCase()];
    const documented = operation?.responses[String(answer.status)];
    expect([place, documented !== undefined]).toEqual([place, true]);
    const type = (answer.headers['content-type'] ?? '').split(';')[0] as string;
    if (documented?.content === undefined) {
      expect([place, answer.text]).toEqual([place, '']);
      return;
    }
    const schema = documented.content[type]?.schema;
    expect([place, type, schema !== undefined]).toEqual([place, type, true]);
    if (/json/.test(type))
      expect([place, violations(answer.body, schema as Schema, document)]).toEqual([place, []]);
  }

  const ask = (
    method: string,
    path: string,
    {
      user = 'ana',
      body,
      headers = {},
    }: { user?: string | null; body?: string; headers?: object } = {},
  ) =>
    raw(deployment.url, path, {
      method,
      headers: {
        ...(user === null ? {} : { Authorization: `Bearer ${deployment.token(user)}` }),
        ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body }),
    });

  test('responses of the service match the document', async () => {
    const { body: calendars } = await ask('GET', `/integrations/accounts/${accountId}/calendars`);
    const calendarId = calendars.data[0].id;
    const { body: events } = await ask(
      'GET',
      `/integrations/accounts/${accountId}/events?limit=200`,
    );
    expect(events.data.length).toBeGreaterThan(20);
    const account = '/integrations/accounts/{accountId}';
    const sync = '/integrations/sync/{accountId}';
    const start = '/integrations/oauth-url/{provider}';
    const calls: readonly (readonly [
      string,
      string,
      string,
      Parameters<typeof ask>[2]?,
      number?,
    ])[] = [
      ['POST', '/integrations/session', '/integrations/session', {}, 204],
      ['DELETE', '/integrations/session', '/integrations/session', {}, 204],
      ['GET', '/integrations/providers', '/integrations/providers', {}, 200],
      ['GET', start, '/integrations/oauth-url/google', {}, 200],
      ['GET', start, '/integrations/oauth-url/yahoo', {}, 400],
      ['GET', start, `/integrations/oauth-url/google?accountId=${randomUUID()}`, {}, 404],
      [
        'GET',
        start,
        '/integrations/oauth-url/google',
        { headers: { Origin: 'https://evil.example' } },
        403,
      ],
      ['GET', '/integrations/auth/{provider}', '/integrations/auth/microsoft', {}, 302],
      [
        'GET',
        '/integrations/auth/{provider}',
        '/integrations/auth/microsoft',
        { headers: { Purpose: 'prefetch' } },
        403,
      ],
      [
        'GET',
        '/integrations/auth/{provider}/callback',
        '/integrations/auth/google/callback',
        {},
        302,
      ],
      [
        'GET',
        '/integrations/auth/{provider}/callback',
        '/integrations/auth/google/callback',
        { headers: { Accept: 'application/json' } },
        400,
      ],
      ['GET', '/integrations/accounts', '/integrations/accounts', {}, 200],
      ['GET', '/integrations/accounts', '/integrations/accounts?limit=0', {}, 400],
      ['GET', '/integrations/accounts', '/integrations/accounts?userId=bo', {}, 403],
      ['GET', account, `/integrations/accounts/${accountId}`, {}, 200],
      ['GET', account, '/integrations/accounts/x', {}, 404],
      ['GET', sync, `/integrations/sync/${accountId}`, {}, 200],
      [
        'GET',
        sync,
        `/integrations/sync/${accountId}`,
        { headers: { Accept: 'text/event-stream' } },
        200,
      ],
      ['GET', sync, '/integrations/sync/x', {}, 404],
      ['GET', `${account}/calendars`, `/integrations/accounts/${accountId}/calendars`, {}, 200],
      ['GET', `${account}/events`, `/integrations/accounts/${accountId}/events?limit=200`, {}, 200],
      [
        'GET',
        `${account}/events`,
        `/integrations/accounts/${accountId}/events?from=yesterday`,
        {},
        400,
      ],
      [
        'PATCH',
        `${account}/calendars/{calendarId}`,
        `/integrations/accounts/${accountId}/calendars/${calendarId}`,
        { body: '{"selected":true}' },
        200,
      ],
      [
        'PATCH',
        `${account}/calendars/{calendarId}`,
        `/integrations/accounts/${accountId}/calendars/x`,
        { body: '{"selected":true}' },
        404,
      ],
      [
        'PATCH',
        `${account}/calendars/{calendarId}`,
        `/integrations/accounts/${accountId}/calendars/${calendarId}`,
        { body: '{}' },
        400,
      ],
      [
        'PATCH',
        `${account}/calendars/{calendarId}`,
        `/integrations/accounts/${accountId}/calendars/${calendarId}`,
        { body: 'x', headers: { 'Content-Type': 'text/plain' } },
        415,
      ],
      ['POST', sync, `/integrations/sync/${accountId}`, { body: '{"full":true}' }, 202],
      ['POST', sync, `/integrations/sync/${accountId}`, { body: '{"full":1}' }, 400],
      [
        'POST',
        sync,
        `/integrations/sync/${accountId}`,
        { body: 'x', headers: { 'Content-Type': 'text/plain' } },
        415,
      ],
      ['POST', '/integrations/complete', '/integrations/complete', { body: '{"ticket":"x"}' }, 404],
      ...operations()
        .filter(([, , { security = [] }]) => security.length > 0)
        .map(([method, path]) => {
          const actual = path.replace('{provider}', 'google').replaceAll(/\{\w+\}/g, accountId);
          return [method.toUpperCase(), path, actual, { user: null }, undefined] as const;
        }),
      ['DELETE', account, `/integrations/accounts/${accountId}`, {}, 200],
      ['DELETE', account, `/integrations/accounts/${accountId}`, {}, 404],
    ];
    for (const [method, path, actual, options, status] of calls) {
      const answer = await ask(method, actual, options);
      if (status !== undefined)
        expect([method, actual, answer.status]).toEqual([method, actual, status]);
      expectDocumented(method, path, answer);
    }
  });

  test('the API page shows every operation, and loads no foreign script', async () => {
    const page = await raw(deployment.url, '/docs');
    expect(page.status).toBe(200);
    expect(page.headers['content-type']).toMatch(/^text\/html/);
    for (const [, path] of operations()) expect(page.text).toContain(path);
    expect(page.text).not.toMatch(/<script|https?:\/\/(?!localhost|127)/);
  });
});
