// The pages that are shown to people who are not signed in: who asks, what happens, one button. No
// script, and nothing of another origin but the product's logo.

import { readFile } from 'node:fs/promises';
import { type Response, Router } from 'express';
import { escapeHtml } from './html.js';
import { type Product, productStyle } from './product.js';

const ASSETS = new URL('../page/assets/', import.meta.url);

/** What stands in a hosted page. */
export interface HostedPage {
  readonly status: number;
  readonly title: string;
  /** HTML, whose texts are escaped. */
  readonly main: string;
  /** Where the style sheet is, relative to the page. Default: beside it. */
  readonly style?: string;
  /** Whether the page has a form. Default: it may have one. */
  readonly hasForm?: boolean;
}

/**
 * Serves the style sheet of hosted pages, beside them, with the product's color. It is served where
 * this service is not its own frontend, too.
 */
export function hostedStyle(product: Product): Router {
  const router = Router({ strict: true, caseSensitive: true });
  router.get(['/connect/style.css', '/admin-consent/style.css'], async (_request, response) => {
    const sheets = ['style.css', 'hosted.css'].map((file) =>
      readFile(new URL(file, ASSETS), 'utf8'),
    );
    response
      .set('Cache-Control', 'no-cache')
      .type('css')
      .send([...(await Promise.all(sheets)), productStyle(product)].join('\n'));
  });
  return router;
}

/** Sends a hosted page. */
export function sendHostedPage(
  response: Response,
  product: Product,
  { status, title, main, style = 'style.css', hasForm = true }: HostedPage,
): void {
  response
    .status(status)
    .set('Content-Security-Policy', policyOf(product))
    // With `no-referrer` browsers send `Origin: null` with the form, which is refused.
    .set('Referrer-Policy', hasForm ? 'same-origin' : 'no-referrer')
    .set('Cache-Control', 'no-store')
    .type('html')
    .send(`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="robots" content="noindex">
<title>${escapeHtml(title)} · ${escapeHtml(product.name)}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="${style}">
</head>
<body>
<main class="hosted">
${productLine(product)}
<div class="card">
${main}
</div>
${homeLine(product)}
</main>
</body>
</html>`);
}

/**
 * As strict as for the other pages, with the product's logo. Chromium applies `form-action` to every
 * redirect after a form was sent, and a provider may redirect to any sign-in page of a company.
 */
function policyOf({ logoUrl }: Product): string {
  const logo = logoUrl === null ? '' : ` ${new URL(logoUrl).origin}`;
  return (
    `default-src 'none'; style-src 'self'; img-src 'self' data:${logo}; ` +
    `form-action 'self' https: http:; base-uri 'none'; frame-ancestors 'none'`
  );
}

function productLine({ name, logoUrl }: Product): string {
  const logo = logoUrl === null ? '' : `<img src="${escapeHtml(logoUrl)}" alt="">`;
  return `<header class="product">${logo}<span>${escapeHtml(name)}</span></header>`;
}

function homeLine({ name, homeUrl }: Product): string {
  if (homeUrl === null) return '';
  return `<footer><a href="${escapeHtml(homeUrl)}">Go to ${escapeHtml(name)}</a></footer>`;
}
