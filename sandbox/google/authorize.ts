/**
 * Google's authorization endpoint: checks, the consent pages and the redirect (OAuth 2.0 for web
 * server apps).
 */
import { isRegisteredRedirect } from '../oauth/client-authentication.js';
import { accountChooser, consentPage } from '../oauth/consent-pages.js';
import { isWellFormed } from '../oauth/pkce.js';
import { extendGrant, findGrant, issueCode } from '../oauth/token-store.js';
import { type Exchange, formOf } from '../wire/exchange.js';
import { errorPage } from '../wire/html.js';
import { page, type Reply, redirect } from '../wire/reply.js';
import type { Account, Client } from '../world/state.js';
import {
  canonicalScope,
  describeScope,
  isIdentityScope,
  isKnownScope,
  spellScopes,
} from './scopes.js';

/** Google's issuer, in id tokens and as the `iss` response parameter (RFC 9207). */
export const GOOGLE_ISSUER = 'https://accounts.google.com';

/** A checked authorization request. */
interface AuthorizationRequest {
  fields: URLSearchParams;
  client: Client;
  redirectUri: string;
  scopes: string[];
  prompt: string[];
}

/** GET and POST /o/oauth2/v2/auth. */
export function authorizeGoogle(exchange: Exchange): Reply {
  const fields = exchange.method === 'POST' ? formOf(exchange) : exchange.query;
  const checked = check(exchange, fields);
  if ('status' in checked) return checked;
  const { world } = exchange;
  const find = (name: string) => {
    const user = fields.get(name);
    return user ? world.findAccount('google', user) : undefined;
  };
  const error = fields.get('sim_error');
  if (error) return redirectBack(checked, { error });
  if (fields.get('sim_deny') || fields.get('decision') === 'cancel')
    return redirectBack(checked, { error: 'access_denied' });

  const accounts = world.state.accounts.filter((account) => account.provider === 'google');
  if (fields.has('sim_user') || fields.has('sim_grant')) {
    const account = fields.has('sim_user') ? find('sim_user') : (find('login_hint') ?? accounts[0]);
    if (!account)
      return refuse(400, 'invalid_request', `The sandbox has no account ${fields.get('sim_user')}`);
    return allow(exchange, checked, account, scopesOfSimGrant(checked, fields.get('sim_grant')));
  }
  const hinted = find('login_hint');
  if (checked.prompt.includes('none')) {
    if (!hinted) return redirectBack(checked, { error: 'login_required' });
    if (!isGranted(exchange, checked, hinted))
      return redirectBack(checked, { error: 'interaction_required' });
    return allow(exchange, checked, hinted, checked.scopes);
  }
  const chosen =
    find('sim_account') ?? (checked.prompt.includes('select_account') ? undefined : hinted);
  if (!chosen) return page(200, accountChooser(checked.client, accounts, fields, hinted));
  if (fields.get('decision') === 'allow') {
    const ticked = fields.getAll('granted').map(canonicalScope);
    return allow(
      exchange,
      checked,
      chosen,
      checked.scopes.filter((one) => isIdentityScope(one) || ticked.includes(one)),
    );
  }
  if (isGranted(exchange, checked, chosen) && !checked.prompt.includes('consent')) {
    return allow(exchange, checked, chosen, checked.scopes);
  }
  const lines = checked.scopes.map((scope) => ({
    scope,
    text: describeScope(scope),
    optional: !isIdentityScope(scope),
  }));
  return page(200, consentPage(checked.client, chosen, lines, fields));
}

function check(exchange: Exchange, fields: URLSearchParams): AuthorizationRequest | Reply {
  const clientId = fields.get('client_id');
  const client = clientId ? exchange.world.client('google', clientId) : undefined;
  if (!clientId) return refuse(400, 'invalid_request', 'Missing required parameter: client_id');
  if (!client) return refuse(401, 'invalid_client', 'The OAuth client was not found.');
  const redirectUri = fields.get('redirect_uri');
  if (!redirectUri)
    return refuse(400, 'invalid_request', 'Missing required parameter: redirect_uri');
  if (!isRegisteredRedirect(client, redirectUri)) {
    return refuse(
      400,
      'redirect_uri_mismatch',
      `The redirect URI in the request, ${redirectUri}, is not registered.`,
    );
  }
  const type = fields.get('response_type');
  if (!type) return refuse(400, 'invalid_request', 'Missing required parameter: response_type');
  if (type !== 'code')
    return refuse(400, 'unsupported_response_type', `Invalid response_type: ${type}`);
  const scopes = (fields.get('scope') ?? '').split(/\s+/).filter(Boolean);
  if (scopes.length === 0)
    return refuse(400, 'invalid_request', 'Missing required parameter: scope');
  const unknown = scopes.filter((scope) => !isKnownScope(scope));
  if (unknown.length > 0) {
    return refuse(
      400,
      'invalid_scope',
      `Some requested scopes were invalid. {invalid=[${unknown.join(', ')}]}`,
    );
  }
  const prompt = (fields.get('prompt') ?? '').split(/\s+/).filter(Boolean);
  const badPrompt = prompt.find((one) => !['none', 'consent', 'select_account'].includes(one));
  if (badPrompt || (prompt.includes('none') && prompt.length > 1)) {
    return refuse(
      400,
      'invalid_request',
      `Invalid parameter value for prompt: ${badPrompt ?? 'none'}`,
    );
  }
  if (!['online', 'offline'].includes(fields.get('access_type') ?? 'online')) {
    return refuse(
      400,
      'invalid_request',
      `Invalid parameter value for access_type: ${fields.get('access_type')}`,
    );
  }
  const challenge = fields.get('code_challenge');
  const method = fields.get('code_challenge_method') ?? 'plain';
  if (challenge !== null && (!isWellFormed(challenge) || !['S256', 'plain'].includes(method))) {
    return refuse(400, 'invalid_request', 'Invalid code_challenge or code_challenge_method.');
  }
  return { fields, client, redirectUri, scopes: [...new Set(scopes.map(canonicalScope))], prompt };
}

function scopesOfSimGrant(request: AuthorizationRequest, granted: string | null): string[] {
  if (granted === null) return request.scopes;
  const names = granted.split(',').map((name) => name.trim());
  const lastPart = (scope: string) => scope.split('/').at(-1) ?? scope;
  return request.scopes.filter(
    (scope) => isIdentityScope(scope) || names.includes(scope) || names.includes(lastPart(scope)),
  );
}

function isGranted(exchange: Exchange, request: AuthorizationRequest, account: Account): boolean {
  const grant = findGrant(exchange.world, 'google', request.client.project, account.id);
  return grant !== undefined && request.scopes.every((scope) => grant.scopes.includes(scope));
}

function allow(
  exchange: Exchange,
  request: AuthorizationRequest,
  account: Account,
  granted: string[],
): Reply {
  const { world } = exchange;
  const { client, fields, prompt } = request;
  const earlier = findGrant(world, 'google', client.project, account.id);
  const consented = prompt.includes('consent') || !isGranted(exchange, request, account);
  const wantsRefresh =
    fields.get('access_type') === 'offline' && (!earlier || prompt.includes('consent'));
  const grant = extendGrant(world, {
    provider: 'google',
    project: client.project,
    accountId: account.id,
    scopes: granted,
  });
  const scopes = fields.get('include_granted_scopes') === 'true' ? grant.scopes : granted;
  const code = issueCode(world, {
    provider: 'google',
    clientId: client.clientId,
    accountId: account.id,
    tenant: '',
    redirectUri: request.redirectUri,
    scopes,
    challenge: fields.get('code_challenge'),
    challengeMethod: fields.get('code_challenge_method') ?? 'plain',
    nonce: fields.get('nonce'),
    offline: wantsRefresh,
  });
  const short = scopes.includes(canonicalScope('email')) ? 'email ' : '';
  return redirectBack(request, {
    code: code.code,
    scope: short + spellScopes(scopes),
    authuser: String(
      Math.max(0, world.state.accounts.filter((one) => one.provider === 'google').indexOf(account)),
    ),
    prompt: consented ? 'consent' : 'none',
  });
}

function redirectBack(request: AuthorizationRequest, fields: Record<string, string>): Reply {
  const url = new URL(request.redirectUri);
  const state = request.fields.get('state');
  if (state !== null) url.searchParams.set('state', state);
  url.searchParams.set('iss', GOOGLE_ISSUER);
  for (const [name, value] of Object.entries(fields)) url.searchParams.set(name, value);
  return redirect(url.href);
}

function refuse(status: number, error: string, detail: string): Reply {
  return page(
    status,
    errorPage('google', `Access blocked: Error ${status}`, `Error ${status}: ${error}\n${detail}`),
  );
}
