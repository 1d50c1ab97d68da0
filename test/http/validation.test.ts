// What is wrong with a request is said in plain words that name the part and show a right value.

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { jsonFault } from '../../src/http/json-fault.js';
import type { Route } from '../../src/http/route.js';
import { demoSignInRoute } from '../../src/http/routes/demo-sign-in.js';
import { ROUTES } from '../../src/http/routes/routes.js';
import { wordsOf } from '../../src/http/validation-words.js';
import { nearestName } from '../../src/nearest-name.js';
import { buildAccount } from '../support/build-account.js';
import { type Deployment, deploy, type Host } from '../support/deployment.js';
import { expectProblem, raw } from './expectations.js';

const HOSTS: readonly Host[] = ['standalone', 'mounted'];
/** Words of the library that checks values. */
const FOREIGN =
  /invalid (input|option|iso|uuid|string|url|key)|expected|received|too (small|big)|unrecogni[sz]ed|undefined|null\b|NaN|\[object/i;
const WRONG: readonly unknown[] = [
  undefined,
  null,
  '',
  'x'.repeat(5_000),
  'no',
  -1,
  0,
  1.5,
  1e9,
  Number.NaN,
  [],
  {},
  true,
  '2026-13-45T00:00:00Z',
  '2026-12-01',
];

const parsed = (schema: z.ZodObject, value: unknown) =>
  schema.safeParse(value, { reportInput: true });

describe('the words about a wrong value', () => {
  const schemas = [...ROUTES, demoSignInRoute].flatMap((route: Route) =>
    (['query', 'body'] as const).flatMap((part) => {
      const schema = route[part];
      return schema === undefined || Object.keys(schema.shape).length === 0
        ? []
        : [[`${route.operationId} ${part}`, schema] as const];
    }),
  );

  test('several routes have a query or a body', () => {
    expect(schemas.length).toBeGreaterThan(6);
  });

  test.each(schemas)(
    '%s: each wrong value of each field is named with a right one',
    (_, schema) => {
      let refusals = 0;
      for (const [name, field] of Object.entries(schema.shape))
        for (const value of WRONG) {
          if ((field as z.ZodType).safeParse(value).success) continue;
          const { error } = parsed(schema, { [name]: value });
          if (error === undefined) continue;
          refusals += 1;
          const words = wordsOf(schema, error);
          expect(words).toContain(`${name} `);
          expect(words).not.toMatch(FOREIGN);
          const example = / for example (.+?)\.(?: |$)/.exec(
            words.split(/(?<=\.) /).find((one) => one.startsWith(`${name} `)) ?? '',
          )?.[1];
          // The example has to be right: it is accepted in place of the wrong value.
          const right = [example, safely(example)].some(
            (one) => (field as z.ZodType).safeParse(one).success,
          );
          expect([name, words, right]).toEqual([name, words, true]);
        }
      expect(refusals).toBeGreaterThan(0);
    },
  );

  test('every kind of schema has words of its own', () => {
    const schema = z.strictObject({
      count: z.number().int().min(0).max(1440),
      share: z.number().max(1),
      size: z.number().min(2),
      flag: z.boolean(),
      word: z.enum(['one', 'two', 'three']),
      fixed: z.literal('auto'),
      moment: z.iso.datetime({ offset: true }),
      day: z.iso.date(),
      id: z.uuid(),
      url: z.url(),
      name: z.string().min(1).max(64),
      long: z.string().min(3),
      free: z.string(),
      list: z.array(z.object({ email: z.string(), optional: z.boolean() })),
      inner: z.object({ selected: z.boolean() }).nullable(),
    });
    const say = (value: unknown) => wordsOf(schema, parsed(schema, value).error as z.ZodError);
    const right = {
      count: 0,
      share: 1,
      size: 2,
      flag: true,
      word: 'one',
      fixed: 'auto',
      moment: '2026-12-01T00:00:00Z',
      day: '2026-12-01',
      id: '3f0b9f7e-8f43-4c38-9d0e-5d0b6a6a1a11',
      url: 'https://app.example.com/path',
      name: 'text',
      long: 'text',
      free: 'text',
      list: [],
      inner: null,
    };
    expect(parsed(schema, right).success).toBe(true);
    const wrong = (name: string, value: unknown) => say({ ...right, [name]: value });
    expect(wrong('count', 2_000)).toBe(
      'count must be a whole number from 0 to 1440, for example 0.',
    );
    expect(wrong('share', 2)).toBe('share must be a number, at most 1, for example 1.');
    expect(wrong('size', 1)).toBe('size must be a number, at least 2, for example 2.');
    expect(wrong('flag', 'yes')).toBe('flag must be true or false, for example true.');
    expect(wrong('word', 'four')).toBe('word must be one of one, two or three, for example one.');
    expect(wrong('fixed', 'no')).toBe('fixed must be auto, for example auto.');
    expect(wrong('moment', '2026-12-01')).toBe(
      'moment must be a date and time with its offset from UTC, for example 2026-12-01T00:00:00Z.',
    );
    expect(wrong('day', '2026-02-30')).toBe('day must be a date, for example 2026-12-01.');
    expect(wrong('id', 'x')).toMatch(/^id must be a UUID, for example [0-9a-f-]{36}\.$/);
    expect(wrong('url', 'x')).toMatch(/^url must be an absolute URL, for example https:/);
    expect(wrong('name', '')).toBe('name must be text of 1 to 64 characters, for example text.');
    expect(wrong('long', 'x')).toBe(
      'long must be text of at least 3 characters, for example text.',
    );
    expect(wrong('free', 7)).toBe('free must be text, for example text.');
    expect(wrong('list', 'x')).toMatch(/^list must be a list, for example \[\{"email":"text"/);
    expect(wrong('list', [{ email: 'a', optional: 'x' }])).toBe(
      'list.0.optional must be true or false, for example true.',
    );
    expect(wrong('inner', {})).toBe(
      'inner.selected is missing: it must be true or false, for example true.',
    );
    expect(wrong('falg', true)).toBe('falg is not a field of this request. Did you mean flag?');
    expect(say([])).toMatch(/^The body must be a JSON object, for example \{"count":0/);
    expect(say({})).toMatch(/^count is missing: it must be a whole number from 0 to 1440/);
  });
});

const safely = (text: string | undefined): unknown => {
  try {
    return JSON.parse(text ?? '');
  } catch {
    return undefined;
  }
};

describe('the place at which a text is not JSON', () => {
  test.each([
    ['{oops', 1],
    ['{"a":1,}', 7],
    ['{"a" 1}', 5],
    ['[1,x]', 3],
    ['[1 2]', 3],
    ['{"a":"b', 5],
    ['', 0],
    ['{', 1],
    ['  {"a": tru}', 8],
    ['{"a":01}', 6],
    ["{'a':1}", 1],
    ['{"a":1}}', 7],
    ['[1}', 2],
    ['{"a":"\u0001"}', 5],
    ['{"a":"\\x"}', 5],
    ['nul', 0],
  ])('%j is wrong at %i', (text, place) => {
    expect(jsonFault(text)).toBe(place);
    expect(() => JSON.parse(text)).toThrow();
  });

  test.each([
    '{}',
    ' [ ] ',
    '{"a":[1,-2.5e3,true,null,"\\u00e9 \\" ü"],"b":{"c":{}}}',
    '"x"',
    '7',
    '\n{"a":\t1}\r\n',
  ])('%j is JSON', (text) => {
    expect(jsonFault(text)).toBeNull();
    expect(() => JSON.parse(text)).not.toThrow();
  });
});

describe('the name that was probably meant', () => {
  test.each([
    ['form', ['from', 'to', 'limit'], 'from'],
    ['calendar', ['calendarId', 'cursor'], 'calendarId'],
    ['user_id', ['userId', 'provider'], 'userId'],
    ['Limit', ['limit'], 'limit'],
    ['curser', ['cursor', 'limit'], 'cursor'],
    ['q', ['from', 'to'], null],
    ['constructor', ['from', 'to'], null],
    ['GOOGLE_CLIENT_SECERT', ['GOOGLE_CLIENT_ID', 'GOOGLE_CLIENT_SECRET'], 'GOOGLE_CLIENT_SECRET'],
  ])('%j of %j means %j', (given, known, meant) => {
    expect(nearestName(given, known)).toBe(meant);
  });
});

describe.each(HOSTS)('a request with a mistake, %s', (host) => {
  let deployment: Deployment;
  let account: string;

  beforeAll(async () => {
    deployment = await deploy({ host, environment: { ACCESS_TOKEN_LEASE: 'true' } });
    account = (await buildAccount(deployment, { userId: 'ana', email: 'ana@example.com' })).id;
  });
  afterAll(() => deployment?.stop());

  const ask = (path: string, method = 'GET', body?: string, roles: readonly string[] = []) =>
    raw(deployment.url, `/integrations${path}`, {
      method,
      headers: {
        Authorization: `Bearer ${deployment.token('ana', { roles })}`,
        // The hosted pages answer with a page otherwise.
        Accept: 'application/json',
        ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body }),
    });
  const detail = async (...request: Parameters<typeof ask>) => {
    const answer = await ask(...request);
    expectProblem(answer, 'invalid_request');
    expect(answer.body.detail).not.toMatch(FOREIGN);
    return answer.body.detail as string;
  };
  const events = () => `/accounts/${account}/events`;

  test('an unknown parameter is named, with the one that was probably meant', async () => {
    expect(await detail(`${events()}?form=2026-12-01T00:00:00Z`)).toBe(
      'form is not a parameter of this route. Did you mean from?',
    );
    expect(await detail(`${events()}?q=gym`)).toBe(
      'q is not a parameter of this route. Use updatedSince, from, to, calendarId, limit, cursor or userId.',
    );
    expect(await detail('/providers?x=1')).toBe('x is not a parameter of this route. Use userId.');
    expect(await detail('/accounts?a%00%1b=1')).toMatch(/^a�� is not a parameter/);
    expect(await detail(`/accounts?${'x'.repeat(500)}=1`)).toMatch(/^x{64} is not/);
    expect(await detail('/accounts?stauts=connected&limt=5')).toBe(
      'stauts is not a parameter of this route. Did you mean status? ' +
        'limt is not a parameter of this route. Did you mean limit?',
    );
  });

  test('every route but the callbacks refuses a parameter that it does not know', async () => {
    for (const { method, path, operationId, who } of ROUTES) {
      const actual = path.replace(/:provider\w*/, 'microsoft').replace(':accountId', account);
      // They do not exist in this deployment.
      if (operationId === 'completeConnection' || operationId.endsWith('AtProvider')) continue;
      const answer = await ask(
        `${actual.replace(':calendarId', account)}?nonsense=1`,
        method.toUpperCase(),
        method === 'patch' ? '{"selected":true}' : undefined,
        who.startsWith('service') ? ['service'] : [],
      );
      if (operationId === 'handleCallback' || operationId === 'handleAdminConsent')
        expectProblem(answer, 'invalid_state');
      else
        expect([operationId, answer.body?.code, answer.body?.detail]).toEqual([
          operationId,
          'invalid_request',
          expect.stringMatching(/^nonsense is not a parameter of this route\./),
        ]);
    }
    expect((await ask(`/accounts/${account}`)).status).toBe(200);
  });

  test('a wrong parameter is named, with its bounds and a right value', async () => {
    for (const limit of ['0', '201', 'abc', '1.5', '-1', '', '1e2', '0x10', '%2010', '0b1', '+5'])
      expect(await detail(`${events()}?limit=${limit}`)).toBe(
        'limit must be a whole number from 1 to 200, for example 50.',
      );
    for (const from of ['2026-12-01', 'yesterday', '2026-13-45T00:00:00Z', ''])
      expect(await detail(`${events()}?from=${from}`)).toBe(
        'from must be a date and time with its offset from UTC, for example 2026-12-01T00:00:00Z.',
      );
    expect(await detail('/free-busy?to=2026-12-01T00:00:00Z')).toMatch(
      /^from is missing: it must be a date and time with its offset from UTC, for example 20/,
    );
    expect(await detail('/accounts?status=gone')).toBe(
      'status must be one of connected, reauthorization_required or disconnecting, ' +
        'for example connected.',
    );
    expect(await detail('/accounts?limit=1&limit=2')).toBe('limit is given twice. Send it once.');
    expect(await detail('/accounts?userId=%00')).toBe(
      'userId must not contain NUL or broken characters.',
    );
  });

  test('a range that ends before it begins is refused', async () => {
    const [early, late] = ['2026-11-20T00:00:00Z', '2026-11-25T00:00:00Z'];
    expect(await detail(`${events()}?from=${late}&to=${early}`)).toMatch(/^to is before from\./);
    expect(await detail(`/free-busy?from=${late}&to=${early}`)).toMatch(/^to must be after from/);
    expect((await ask(`${events()}?from=${early}&to=${late}`)).status).toBe(200);
    expect((await ask(`${events()}?from=${early}&to=${early}`)).status).toBe(200);
    const shifted = '2026-11-25T00:30:00%2B01:00';
    expect(await detail(`${events()}?from=${late}&to=${shifted}`)).toMatch(/^to is before from\./);
  });

  test('a body that is not JSON is answered with the position of the mistake', async () => {
    const path = `/sync/${account}`;
    if (host === 'mounted') {
      // The host's own parser reads bodies before this service sees them.
      expect((await ask(path, 'POST', '{oops')).status).toBeGreaterThanOrEqual(400);
      return;
    }
    expect(await detail(path, 'POST', '{oops')).toMatch(/not valid JSON at position 1\./);
    expect(await detail(path, 'POST', '{"full":true,}')).toMatch(/not valid JSON at position 13\./);
    expect(await detail(path, 'POST', '{"full":')).toMatch(/ends too early, at position 8\./);
    for (const body of ['"x"', 'null'])
      expect(await detail(path, 'POST', body)).toBe(
        'The body must be a JSON object, for example {"full":true}.',
      );
    expect(await detail(`/accounts/${account}/calendars/${account}`, 'PATCH', '{')).toBe(
      'The body is not valid JSON because it ends too early, at position 1. ' +
        'It must be a JSON object, for example {"selected":true}.',
    );
  });

  test('a wrong field of a body is named, with a right value', async () => {
    expect(await detail(`/sync/${account}`, 'POST', '{"full":"yes"}')).toBe(
      'full must be true or false, for example true.',
    );
    expect(await detail(`/sync/${account}`, 'POST', '{"ful":true}')).toBe(
      'ful is not a field of this request. Did you mean full?',
    );
    expect(await detail(`/sync/${account}`, 'POST', '[]')).toBe(
      'The body must be a JSON object, for example {"full":true,"userId":"user-42"}.',
    );
    expect(
      await detail(`/accounts/${account}/calendars/${account}`, 'PATCH', '{"selcted":true}'),
    ).toBe(
      'selected is missing: it must be true or false, for example true. ' +
        'selcted is not a field of this request. Did you mean selected?',
    );
  });

  test('a path that is not percent-encoded correctly is named', async () => {
    expect(await detail('/accounts/%E0%A4%A')).toMatch(/^The path is not percent-encoded/);
  });

  test('dates at the edges of the calendar are never a server error', async () => {
    for (const moment of [
      '0000-01-01T00:00:00Z',
      '0001-01-01T00:00:00%2B14:00',
      '9999-12-31T23:59:59-14:00',
      '9999-12-31T23:59:59.999999999Z',
    ])
      for (const query of [`from=${moment}`, `to=${moment}`, `updatedSince=${moment}`]) {
        const { status } = await ask(`${events()}?${query}`);
        expect([query, status < 500]).toEqual([query, true]);
      }
  });
});
