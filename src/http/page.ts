// The page this service shows where it is its own frontend. It uses only the public API.

import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { type RequestHandler, Router } from 'express';

const MODULES = [
  'account-card',
  'account-list',
  'agenda',
  'api',
  'app',
  'calendar-list',
  'connect-result',
  'disconnect',
  'dom',
  'follow-sync',
  'notices',
  'session',
  'sync-line',
  'times',
  'welcome',
  'words',
];

/** Files by name: what is not listed is not served. */
const ASSETS: ReadonlyMap<string, string> = new Map([
  ...MODULES.map((name) => [`${name}.js`, 'text/javascript'] as const),
  ['style.css', 'text/css'],
  ['icon.svg', 'image/svg+xml'],
]);

const DIRECTORY = new URL('../page/assets/', import.meta.url);

/** @param facts what the page cannot know by itself: whether it may offer the demo sign-in */
export function servePage(facts: { readonly demoSignIn: boolean }): RequestHandler {
  const router = Router({ strict: true, caseSensitive: true });
  const read = (file: string) => readFile(fileURLToPath(new URL(file, DIRECTORY)));
  router.get('/', async (request, response, next) => {
    if (request.accepts(['html', 'json']) !== 'html') return next();
    response
      .set('Cache-Control', 'no-store')
      .type('html')
      .send(await read('index.html'));
  });
  for (const [file, type] of ASSETS)
    router.get(`/page/${file}`, async (_request, response) => {
      response
        .set('Cache-Control', 'no-cache')
        .type(type)
        .send(await read(file));
    });
  router.get('/page/facts.json', (_request, response) => {
    response.set('Cache-Control', 'no-store').json(facts);
  });
  return router;
}
