// The pages that links lead to: the `type` of a problem, the API page, and their links.

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ERRORS, type ErrorCode } from '../../src/errors.js';
import { type Deployment, deploy, type Host } from '../support/deployment.js';
import { raw } from './expectations.js';

const HOSTS: readonly Host[] = ['standalone', 'mounted'];
const HTML = { Accept: 'text/html,*/*;q=0.8' };

describe.each(HOSTS)('the pages for developers, %s', (host) => {
  let deployment: Deployment;

  beforeAll(async () => {
    deployment = await deploy({
      host,
      sandbox: { contents: 'empty' },
      environment: { ROLE: 'web' },
    });
  });
  afterAll(() => deployment?.stop());

  const get = (path: string, headers: Record<string, string> = HTML) =>
    raw(deployment.url, path, { headers });

  test.each(['/integrations/docs/errors', '/docs/errors'])(
    '%s explains each code with its cause and its cure',
    async (path) => {
      const { status, headers, text } = await get(path);
      expect([status, headers['content-type']]).toEqual([200, 'text/html; charset=utf-8']);
      expect(headers['vary']).toMatch(/\bAccept\b/);
      for (const code of Object.keys(ERRORS) as ErrorCode[]) {
        const section = text.split(`<section id="${code}">`)[1]?.split('</section>')[0] ?? '';
        expect([code, section]).toEqual([code, expect.stringContaining(ERRORS[code].title)]);
        expect(section).toMatch(/Cause:<\/strong> .{10,}/);
        expect(section).toMatch(/Cure:<\/strong> .{5,}/);
      }
      expect(text).not.toMatch(/\]\(|<script|`/);
      expect((await get(path, {})).headers['content-type']).toMatch(/^text\/html/);
    },
  );

  test.each(['/integrations/docs/errors', '/docs/errors'])(
    '%s gives JSON to a client that asks for it',
    async (path) => {
      const { headers, body } = await get(path, { Accept: 'application/json' });
      expect(headers['content-type']).toMatch(/^application\/json/);
      expect(Object.keys(body)).toEqual(Object.keys(ERRORS));
      expect(body.invalid_state).toEqual({
        status: 400,
        title: ERRORS.invalid_state.title,
        detail: ERRORS.invalid_state.detail,
        cause: ERRORS.invalid_state.cause,
        cure: ERRORS.invalid_state.cure,
      });
    },
  );

  test.each(['/integrations/docs/errors', '/docs/errors', '/docs'])(
    'every link of %s leads to something',
    async (path) => {
      const { text } = await get(path);
      const links = [...text.matchAll(/(?:href|src)="([^"]+)"/g)].map(([, link]) => link as string);
      expect(links.length).toBeGreaterThan(1);
      for (const link of links.filter((one) => !/^(data|https):/.test(one))) {
        const url = new URL(link, `${deployment.url}${path}`);
        const answer = await get(url.pathname);
        expect([link, answer.status]).toEqual([link, 200]);
        if (url.hash !== '') expect(answer.text).toContain(`id="${url.hash.slice(1)}"`);
      }
    },
  );

  test.each([
    ['/integrations/accounts', '/integrations/docs/errors#unauthenticated'],
    ['/integrations/nowhere', '/integrations/docs/errors#not_found'],
  ])('the type of the problem at %s is %s', async (path, type) => {
    expect((await get(path, {})).body.type).toBe(type);
  });
});
