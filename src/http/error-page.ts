// The page of all error codes, where the `type` of a problem leads: cause and cure of each.

import { readFile } from 'node:fs/promises';
import { Router } from 'express';
import type { ErrorEntry } from '../errors/error-entry.js';
import { ERROR_GROUPS, ERRORS } from '../errors.js';
import { escapeHtml, htmlPage, markdownLine } from './html.js';

const STYLE_SHEET = new URL('../page/assets/style.css', import.meta.url);

/**
 * Serves `/docs/errors`, as a page or to clients that ask for JSON as JSON, and the style sheet of
 * the pages for developers. Both routers serve it, so that links to it work wherever a host mounts
 * them.
 */
export function errorPages(): Router {
  const router = Router({ strict: true, caseSensitive: true });
  const page = errorPage();
  router.get('/docs/errors', (request, response) => {
    response.vary('Accept').set('Cache-Control', 'no-cache');
    if (request.accepts(['html', 'json']) === 'json') response.json(errorList());
    else response.type('html').send(page);
  });
  router.get('/docs/style.css', async (_request, response) => {
    response
      .set('Cache-Control', 'no-cache')
      .type('css')
      .send(await readFile(STYLE_SHEET));
  });
  return router;
}

function errorList(): Record<string, object> {
  return Object.fromEntries(
    Object.entries(ERRORS).map(([code, { status, title, detail, cause, cure }]) => [
      code,
      { status, title, detail, cause, cure },
    ]),
  );
}

function errorPage(): string {
  const groups = Object.entries(ERROR_GROUPS).map(
    ([title, entries]) => `<h2>${escapeHtml(title)}</h2>\n${sections(entries)}`,
  );
  const introduction =
    'A problem has one of these codes. Its <code>requestId</code> finds the line in the log, ' +
    'which says more.';
  return htmlPage(
    'Error codes',
    'style.css',
    `<h1>Error codes</h1>\n<p>${introduction}</p>\n${groups.join('\n')}`,
  );
}

function sections(entries: Readonly<Record<string, ErrorEntry>>): string {
  return Object.entries(entries)
    .map(
      ([code, { status, title, detail, cause, cure }]) => `<section id="${code}">
<h3><a href="#${code}"><code>${code}</code></a> ${escapeHtml(title)} (${status})</h3>
<p>${escapeHtml(detail)}</p>
<p><strong>Cause:</strong> ${markdownLine(cause)}</p>
<p><strong>Cure:</strong> ${markdownLine(cure)}</p>
</section>`,
    )
    .join('\n');
}
