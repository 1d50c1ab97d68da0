// A product of your own: an Express app with its own sign-in, and calendar connections mounted in it.

import { randomBytes } from 'node:crypto';
import { createIntegrations } from 'calendar-connect';
import { environmentFor, startSandbox } from 'calendar-connect/sandbox';
import express from 'express';
import session from 'express-session';
import { page } from './page.js';

const { env } = process;
const port = Number(env.PORT ?? 4000);
const origin = `http://localhost:${port}`;

// Without clients of your own, the sandbox plays Google and Microsoft.
const sandbox = env.GOOGLE_CLIENT_ID === undefined ? await startSandbox() : null;
const integrations = createIntegrations({
  environment:
    sandbox === null
      ? env
      : { ...environmentFor(sandbox, 'google'), ...environmentFor(sandbox, 'microsoft') },
  databaseUrl: env.DATABASE_URL,
  sessionSecret: env.SESSION_SECRET ?? randomBytes(48).toString('base64'),
  // Keep this key: without it, the tokens in the database cannot be read after a restart.
  tokenEncryptionKeys: env.TOKEN_ENCRYPTION_KEYS ?? `example:${randomBytes(32).toString('base64')}`,
  oauthRedirectBaseUrl: origin,
  frontendBaseUrl: origin,
  returnPaths: ['/settings'],
  logLevel: 'warn',
  authenticate: (request) =>
    request.session.userId === undefined ? null : { userId: request.session.userId, admin: false },
  onNotification: ({ type, data }) => console.log(`notification: ${type} of ${data.userId}`),
});

const app = express();
app.use(
  session({
    name: 'host',
    secret: env.SESSION_SECRET ?? randomBytes(48).toString('base64'),
    resave: false,
    saveUninitialized: false,
    cookie: { sameSite: 'lax', httpOnly: true },
  }),
);
app.use('/integrations', integrations.router);
app.use('/public', express.static(new URL('public', import.meta.url).pathname));

app.get('/', (_request, response) => response.redirect('/settings'));
app.get('/settings', (request, response) => response.send(page(request.session.userId)));
app.post('/sign-in', express.urlencoded({ extended: false }), (request, response) => {
  // Your product asks for a password here.
  request.session.regenerate(() => {
    request.session.userId = String(request.body.user || 'ana');
    response.redirect(303, '/settings');
  });
});
app.post('/sign-out', (request, response) => {
  request.session.destroy(() => response.redirect(303, '/settings'));
});

await integrations.start();
const server = app.listen(port, 'localhost', () => console.log(`ready: ${origin}`));

for (const signal of ['SIGINT', 'SIGTERM'])
  process.once(signal, async () => {
    server.close();
    server.closeAllConnections();
    await integrations.stop();
    await sandbox?.close();
  });
