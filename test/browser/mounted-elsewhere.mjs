// A host that offers the service's routes under a path of its own, to one signed-in user.

import { createServer, request as send } from 'node:http';

/**
 * @param {string} serviceUrl
 * @param {string} path the routes of `/integrations` are below it; its last part is `integrations` too
 * @param {string} cookie of the user's session. The browser would not send it to this path
 * @returns {Promise<{ url: string, close: () => Promise<void> }>}
 */
export async function mountElsewhere(serviceUrl, path, cookie) {
  const server = createServer((request, response) => {
    const { method, headers, url = '' } = request;
    if (!url.startsWith(path)) return void response.writeHead(404).end();
    const target = new URL(`/integrations${url.slice(path.length)}`, serviceUrl);
    const forwarded = { ...headers, host: target.host, origin: target.origin, cookie };
    request.pipe(
      send(target, { method, headers: forwarded }, (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
      }).on('error', () => response.destroy()),
    );
  });
  await new Promise((resolve) => server.listen(0, 'localhost', () => resolve(null)));
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  return {
    url: `http://localhost:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
