// A provider that responds at once, so that only the services are measured. It checks PKCE: a code
// carries the challenge of its request, and a flow whose verifier does not match fails.

import { createHash } from 'node:crypto';
import { createServer } from 'node:http';

const answer = (response, status, body) => {
  const text = JSON.stringify(body);
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
  });
  response.end(text);
};

const server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
  const url = new URL(request.url, 'http://provider');
  if (url.pathname === '/userinfo') {
    const token = (
      request.headers.authorization ??
      url.searchParams.get('access_token') ??
      ''
    ).replace(/^Bearer /, '');
    const number = token.split('.')[1];
    if (!number) return answer(response, 401, { error: 'invalid_token' });
    return answer(response, 200, {
      sub: number,
      email: `g${number}@example.com`,
      email_verified: true,
      name: 'Bench',
    });
  }
  if (url.pathname === '/token') {
    let body = '';
    request.setEncoding('utf8').on('data', (part) => {
      body += part;
    });
    request.on('end', () => {
      const form = new URLSearchParams(body);
      const [challenge, number] = (form.get('code') ?? '').split('.');
      const made = createHash('sha256')
        .update(form.get('code_verifier') ?? '')
        .digest('base64url');
      if (!number || made !== challenge) return answer(response, 400, { error: 'invalid_grant' });
      answer(response, 200, {
        access_token: `at.${number}.${'a'.repeat(150)}`,
        refresh_token: `1//rt-${number}-${'r'.repeat(90)}`,
        expires_in: 3599,
        scope: 'openid email profile https://www.googleapis.com/auth/calendar',
        token_type: 'Bearer',
      });
    });
    return;
  }
  answer(response, 404, {});
});
server.listen(Number(process.env.PORT), '127.0.0.1', () => console.log('ready'));
