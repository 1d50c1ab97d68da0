// The security headers of each response: Helmet's, once, also where two routers set them.

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Deployment, deploy, type Host } from '../support/deployment.js';
import { raw } from './expectations.js';

const HOSTS: readonly Host[] = ['standalone', 'mounted'];
const PATHS = [
  '/integrations/providers',
  '/integrations/docs/errors',
  '/integrations/none',
  '/integrations/auth/x',
];

describe.each(HOSTS)('%s', (host) => {
  let deployment: Deployment;
  beforeAll(async () => {
    const environment = { ROLE: 'web' };
    deployment = await deploy({ host, sandbox: { contents: 'empty' }, environment });
  });
  afterAll(() => deployment?.stop());

  test.each(PATHS)('%s', async (path) => {
    const { headers } = await raw(deployment.url, path);
    expect(headers).toMatchObject({
      'content-security-policy':
        "default-src 'none';script-src 'self';style-src 'self';img-src 'self' data:;" +
        "connect-src 'self';form-action 'self';base-uri 'none';frame-ancestors 'none'",
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'cross-origin-resource-policy': 'same-origin',
      'origin-agent-cluster': '?1',
      'x-dns-prefetch-control': 'off',
      'x-download-options': 'noopen',
      'x-permitted-cross-domain-policies': 'none',
      'x-xss-protection': '0',
    });
    expect(headers['x-powered-by']).toBeUndefined();
  });
});
