// Serves the files of the typed client and of the elements, so that a page can load them without a
// bundler: `/integrations/client/elements.js`.

import { readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { stripTypeScriptTypes } from 'node:module';
import { Router } from 'express';

const FOLDER = new URL('../../client/', import.meta.url);
/** Built modules. In the sources, the modules that they are built from. */
const MODULE = /^([a-z-]+)\.(js|ts)$/;

/**
 * The modules of the folder `client/`, each at `/client/{name}.js`. The folder is listed once, here:
 * no part of a request ever names a file.
 */
export function serveClient(): Router {
  const router = Router({ strict: true, caseSensitive: true });
  for (const file of readdirSync(FOLDER)) {
    const [, name, kind] = MODULE.exec(file) ?? [];
    if (name === undefined) continue;
    router.get(`/client/${name}.js`, async (_request, response) => {
      const text = await readFile(new URL(file, FOLDER), 'utf8');
      response
        .set('Cache-Control', 'no-cache')
        .type('text/javascript')
        .send(kind === 'ts' ? stripTypeScriptTypes(text) : text);
    });
  }
  return router;
}
