// A small host product: an Express app with settings of its own, and the integrations mounted in
// it.
import express from 'express';
import { createIntegrations } from '../../dist/src/index.js';

const { PATH, PORT, HOST, OWN_CALLERS, ...environment } = process.env;
const settings = Object.entries(environment).map(([name, value]) => [
  name.toLowerCase().replace(/_(.)/g, (_, letter) => letter.toUpperCase()),
  value,
]);
const integrations = createIntegrations({
  ...Object.fromEntries(settings),
  ...(OWN_CALLERS
    ? { authenticate: (request) => (request.user ? { userId: request.user, admin: false } : null) }
    : {}),
});

const app = express();
app.set('query parser', 'extended');
app.use((request, _response, next) => {
  if (OWN_CALLERS) request.user = request.get('x-signed-in-as');
  next();
});
app.use('/integrations', integrations.router);
app.get('/own', (_request, response) => response.send('the host'));
app.use((_error, _request, response, _next) =>
  response.status(500).send('<h1>the host’s own error page</h1>'),
);
await integrations.start();
app.get('/readyz', (_request, response) => response.send('ready'));
const server = app.listen(Number(PORT), HOST);
process.once('SIGTERM', async () => {
  server.close();
  await integrations.stop();
  process.exit(0);
});
