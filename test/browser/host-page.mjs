// A page of a host on another site, with the elements, a strict policy and a sign-in of its own.

import { createServer } from 'node:http';
import { SignJWT } from 'jose';

export const JWT_SECRET = 'the secret of a host that only this test knows';

/**
 * @param {string} service where the elements come from
 */
const htmlOf = (service) => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<title>Settings</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/page.css">
<script type="module" src="/page.js"></script>
</head>
<body>
<main>
<h1>Settings</h1>
<h2>Calendars</h2>
<calendar-connect-accounts base-url="${service}/integrations" return-to="/settings">
</calendar-connect-accounts>
<h2>One button</h2>
<calendar-connect-button id="one" token-url="/token" provider="google" access="read" return-to="/settings"
  base-url="${service}/integrations" label="Connect Google Calendar, only to read"><span slot="icon" aria-hidden="true">+ </span>
</calendar-connect-button>
</main>
</body>
</html>`;

const CSS = `
body { font: 16px/1.5 system-ui, sans-serif; margin: 24px; max-width: 640px; }
.themed {
  --calendar-connect-accent: #5b2a86;
  --calendar-connect-radius: 0px;
}
.themed::part(button) { text-transform: uppercase; }
`;

/** @param {string} service */
const scriptOf = (service) => `
import { defineMessages } from '${service}/integrations/client/elements.js';
defineMessages('de', {
  connect: '{provider} verbinden',
  disconnect: 'Trennen',
  accounts: 'Verbundene Kalender',
});
window.heard = [];
const token = async () => (await (await fetch('/token')).text()) || null;
// As a framework may do: after the element has begun, and was refused.
const accounts = document.querySelector('calendar-connect-accounts');
accounts.addEventListener('error', () => { accounts.token = token; }, { once: true });
for (const element of document.querySelectorAll('main > *')) {
  if (!element.localName.startsWith('calendar-connect-')) continue;
  for (const name of ['loaded', 'connecting', 'connected', 'disconnected', 'error'])
    element.addEventListener(name, ({ detail }) => window.heard.push([element.id, name, detail.code ?? '']));
}
`;

/**
 * Starts the host at 127.0.0.1, which is another site than localhost.
 * @returns what `signIn` gives is the user; null: no one
 */
export async function startHostPage() {
  /** @type {string | null} */
  let user = null;
  let service = '';
  const server = createServer(async (request, response) => {
    const path = request.url?.replace(/\?.*/s, '');
    response.setHeader(
      'Content-Security-Policy',
      `default-src 'none'; script-src 'self' ${service}; connect-src 'self' ${service}; style-src 'self'; img-src data:`,
    );
    /** @type {Record<string, [string, () => string | Promise<string>]>} */
    const pages = {
      '/settings': ['text/html; charset=utf-8', () => htmlOf(service)],
      '/page.js': ['text/javascript', () => scriptOf(service)],
      '/page.css': ['text/css', () => CSS],
      '/token': ['text/plain', () => (user === null ? '' : jwtOf(user))],
    };
    const [type, text] = pages[path ?? ''] ?? [];
    if (type === undefined || text === undefined) return void response.writeHead(404).end();
    response.writeHead(200, { 'content-type': type, 'cache-control': 'no-store' });
    response.end(await text());
  });
  await /** @type {Promise<void>} */ (
    new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve()))
  );
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  return {
    url: `http://127.0.0.1:${port}`,
    /** @param {string} url */
    use: (url) => {
      service = url;
    },
    /** @param {string | null} userId */
    signIn: (userId) => {
      user = userId;
    },
    stop: () =>
      /** @type {Promise<void>} */ (
        new Promise((resolve) => {
          server.close(() => resolve());
          server.closeAllConnections();
        })
      ),
  };
}

/** @param {string} userId */
export const jwtOf = (userId) =>
  new SignJWT({})
    .setSubject(userId)
    .setProtectedHeader({ alg: 'HS256' })
    .setIssuedAt()
    .setExpirationTime('1h')
    .sign(new TextEncoder().encode(JWT_SECRET));
