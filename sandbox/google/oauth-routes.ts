/** Google's OAuth endpoints. */
import type { Route } from '../wire/exchange.js';
import { authorizeGoogle } from './authorize.js';
import { googleDiscovery, googleKeys, googleRevoke, googleToken, googleUserinfo } from './token.js';

const row = (
  name: string,
  group: Route['group'],
  method: string,
  path: string,
  answer: Route['answer'],
): Route => ({
  name: `google.${name}`,
  provider: 'google',
  group,
  method,
  path: `/google${path}`,
  answer,
});

/** The routes of this file. */
export const GOOGLE_OAUTH_ROUTES: readonly Route[] = [
  row('authorize', 'page', 'GET', '/o/oauth2/v2/auth', authorizeGoogle),
  row('authorize', 'page', 'POST', '/o/oauth2/v2/auth', authorizeGoogle),
  row('token', 'token', 'POST', '/token', googleToken),
  row('revoke', 'token', 'POST', '/revoke', googleRevoke),
  row('userinfo', 'identity', 'GET', '/v1/userinfo', googleUserinfo),
  row('userinfo', 'identity', 'GET', '/oauth2/v2/userinfo', googleUserinfo),
  row('userinfo', 'identity', 'GET', '/oauth2/v3/userinfo', googleUserinfo),
  row('certs', 'page', 'GET', '/oauth2/v3/certs', googleKeys),
  row('discovery', 'page', 'GET', '/.well-known/openid-configuration', googleDiscovery),
];
