// Options that must compile. options.test.ts compiles this file alone.

import { createIntegrations } from '../../src/index.js';

createIntegrations({
  nodeEnv: 'production',
  role: 'worker',
  databaseUrl: process.env['DATABASE_URL'],
  databasePoolSize: 5,
  redisUrl: null,
  returnPaths: ['/integrations', '/settings'],
  sessionSecret: 'one,two',
  trustProxy: 1,
  oneUserPerProviderAccount: true,
  googleClientId: 'x',
  googleRevokeOnDisconnect: false,
  microsoftTenant: 'common',
  environment: process.env,
  authenticate: (request) => (request.ip === undefined ? null : { userId: 'u', admin: false }),
});
