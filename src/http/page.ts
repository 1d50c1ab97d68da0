// The page that this service shows where it is its own frontend. It uses only the public API.

import { readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { extname } from 'node:path';
import { type Request, type RequestHandler, Router } from 'express';

const DIRECTORY = new URL('../page/assets/', import.meta.url);

/**
 * The media types of assets by the end of their name. A file with another end is not served under
 * /page.
 */
const TYPES: ReadonlyMap<string, string> = new Map([
  ['.js', 'text/javascript'],
  ['.css', 'text/css'],
  ['.svg', 'image/svg+xml'],
]);

/** Facts that the page asks for: what it cannot find out through the API. */
export interface PageFacts {
  /** Whether it may offer the demo sign-in. */
  readonly demoSignIn: boolean;
}

/**
 * Where this router is mounted, relative to the page's address, as text of an HTML attribute. The
 * page works under every path, also behind a proxy that removes the first part of it.
 */
function mountOf({ originalUrl }: Request): string {
  const path = originalUrl.replace(/[?#].*$/s, '');
  const last = path.slice(path.lastIndexOf('/') + 1);
  return last === '' ? './' : `./${last.replace(/["<>&]/g, encodeURIComponent)}/`;
}

/**
 * Serves the page at `/` and its assets at `/page/…`. The folder is listed once, here: each file
 * gets a route of its own, so that no part of a request ever names a file.
 */
export function servePage(facts: PageFacts): RequestHandler {
  const router = Router({ strict: true, caseSensitive: true });
  const read = (file: string) => readFile(new URL(file, DIRECTORY));
  router.get('/', async (request, response, next) => {
    if (request.accepts(['html', 'json']) !== 'html') return next();
    response
      .set('Cache-Control', 'no-store')
      .type('html')
      .send((await read('index.html')).toString().replaceAll('{mount}', () => mountOf(request)));
  });
  for (const file of readdirSync(DIRECTORY)) {
    const type = TYPES.get(extname(file));
    if (type === undefined) continue;
    router.get(`/page/${file}`, async (_request, response) => {
      response
        .set('Cache-Control', 'no-cache')
        .type(type)
        .send(await read(file));
    });
  }
  router.get('/page/facts.json', (_request, response) => {
    response.set('Cache-Control', 'no-store').json(facts);
  });
  return router;
}
