// Connecting an account, in the order of a user's steps.

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Deployment, deploy, FRONTEND, type Host } from '../support/deployment.js';

const ACCOUNTS = { google: 'ana@example.com', microsoft: 'ana@northwind.example' };

describe.each<Host>(['standalone', 'mounted'])('connecting, %s', (host) => {
  let deployment: Deployment;

  beforeAll(async () => {
    deployment = await deploy({ host });
  });
  afterAll(() => deployment?.stop());

  describe.each(['google', 'microsoft'] as const)('%s', (provider) => {
    test('a user who consents arrives at the frontend with a connected account', async () => {
      const browser = deployment.browser(`user-of-${provider}`);
      const end = await browser.connect(provider, { as: ACCOUNTS[provider] });
      expect(end.origin + end.pathname).toBe(`${FRONTEND}/integrations`);
      expect(Object.fromEntries(end.searchParams)).toEqual({
        status: 'success',
        provider,
        accountId: expect.any(String),
      });
      const { body } = await browser
        .get(`/integrations/accounts/${end.searchParams.get('accountId')}`)
        .expect(200);
      expect(body).toMatchObject({
        provider,
        userId: `user-of-${provider}`,
        status: 'connected',
        statusReason: null,
      });
    });
  });
});
