/** Microsoft's OAuth endpoints, below the authority. */
import type { Route } from '../wire/exchange.js';
import { adminConsent } from './admin-consent.js';
import { authorizeMicrosoft } from './authorize.js';
import { microsoftDiscovery, microsoftKeys, microsoftToken } from './token.js';

const row = (
  name: string,
  group: Route['group'],
  method: string,
  path: string,
  answer: Route['answer'],
): Route => ({
  name: `microsoft.${name}`,
  provider: 'microsoft',
  group,
  method,
  path: `/microsoft/login/:tenant${path}`,
  answer,
});

/** The routes of this file. */
export const MICROSOFT_OAUTH_ROUTES: readonly Route[] = [
  row('authorize', 'page', 'GET', '/oauth2/v2.0/authorize', authorizeMicrosoft),
  row('authorize', 'page', 'POST', '/oauth2/v2.0/authorize', authorizeMicrosoft),
  row('token', 'token', 'POST', '/oauth2/v2.0/token', microsoftToken),
  row('adminconsent', 'page', 'GET', '/adminconsent', adminConsent),
  row('adminconsent', 'page', 'POST', '/adminconsent', adminConsent),
  row('adminconsent', 'page', 'GET', '/v2.0/adminconsent', adminConsent),
  row('adminconsent', 'page', 'POST', '/v2.0/adminconsent', adminConsent),
  row('keys', 'page', 'GET', '/discovery/v2.0/keys', microsoftKeys),
  row('discovery', 'page', 'GET', '/v2.0/.well-known/openid-configuration', microsoftDiscovery),
];
