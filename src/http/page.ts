// The page this service shows where it is its own frontend. It uses only the public API.

import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { type RequestHandler, Router } from 'express';

const ASSETS = {
  '/page/app.js': { file: 'app.js', type: 'text/javascript' },
  '/page/style.css': { file: 'style.css', type: 'text/css' },
  '/page/icon.svg': { file: 'icon.svg', type: 'image/svg+xml' },
} as const;

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
  for (const [path, { file, type }] of Object.entries(ASSETS))
    router.get(path, async (_request, response) => {
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
