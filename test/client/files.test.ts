// The modules of the client are served to pages, also of another origin.

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import supertest from 'supertest';
import { type Deployment, deploy, FRONTEND, type Host } from '../support/deployment.js';

const HOSTS: readonly Host[] = ['standalone', 'mounted'];

describe.each(HOSTS)('the files of the client, %s', (host) => {
  let deployment: Deployment;
  const get = (path: string) => supertest(deployment.url).get(`/integrations/client/${path}`);

  beforeAll(async () => {
    deployment = await deploy({ host });
  });
  afterAll(() => deployment?.stop());

  test('a page of an allowed origin can import them', async () => {
    const names = ['elements.js'];
    for (const name of names) {
      const { headers, text } = await get(name).set('Origin', FRONTEND).expect(200);
      expect(headers['content-type']).toMatch(/^text\/javascript/);
      expect(headers['cache-control']).toBe('no-cache');
      expect(headers['access-control-allow-origin']).toBe(FRONTEND);
      expect(text).toContain('export');
      expect(text).not.toMatch(/^(import|export) (type|interface)\b/m);
      for (const [, next = ''] of text.matchAll(/ from '\.\/(.*?)'/g))
        if (!names.includes(next)) names.push(next);
    }
    expect(names).toContain('operations.js');
  });

  test.each(['client.ts', 'tsconfig.json', 'client.d.ts', '', 'Client.js', '..%2fpackage.json'])(
    '%s is not one of them',
    async (path) => {
      await get(path).expect(404);
    },
  );
});
