/** Microsoft's authorization endpoint: checks, the consent pages and the redirect. */
import { isRegisteredRedirect } from '../oauth/client-authentication.js';
import { accountChooser, approvalPage, consentPage } from '../oauth/consent-pages.js';
import { isWellFormed } from '../oauth/pkce.js';
import { extendGrant, findGrant, issueCode } from '../oauth/token-store.js';
import { type Exchange, formOf } from '../wire/exchange.js';
import { page, type Reply, redirect } from '../wire/reply.js';
import type { Account, Client } from '../world/state.js';
import { aadstsSentence, refuse } from './aadsts.js';
import { isApproved } from './admin-consent.js';
import { describeScope, shortScope } from './scopes.js';
import { maySignIn, PERSONAL_TENANT, tenantExists, tenantOf } from './tenants.js';

/** A checked authorization request. */
interface AuthorizationRequest {
  fields: URLSearchParams;
  client: Client;
  tenant: string;
  redirectUri: string;
  scopes: string[];
  prompt: string;
}

/** GET and POST /{tenant}/oauth2/v2.0/authorize. */
export function authorizeMicrosoft(exchange: Exchange): Reply {
  const fields = exchange.method === 'POST' ? formOf(exchange) : exchange.query;
  const request = check(exchange, fields);
  if ('status' in request) return request;
  const { world } = exchange;
  const find = (name: string) => {
    const user = fields.get(name);
    return user ? world.findAccount('microsoft', user) : undefined;
  };
  const error = fields.get('sim_error');
  if (error) return redirectBack(request, /^\d+$/.test(error) ? denial(Number(error)) : { error });
  if (fields.get('sim_deny') || fields.get('decision') === 'cancel') {
    return redirectBack(request, { ...denial(65004), error_subcode: 'cancel' });
  }
  const accounts = world.state.accounts.filter(
    (account) => account.provider === 'microsoft' && maySignIn(account, request.tenant),
  );
  const hinted = find('login_hint');
  const automatic = fields.has('sim_user') || fields.has('sim_grant');
  const chosen = automatic
    ? (find('sim_user') ?? hinted ?? accounts[0])
    : (find('sim_account') ?? (request.prompt === 'select_account' ? undefined : hinted));
  if (fields.has('sim_user') && !find('sim_user')) return refuse(50034);
  if (request.prompt === 'none') {
    if (!chosen)
      return redirectBack(request, {
        error: 'login_required',
        error_description:
          'AADSTS50058: A silent sign-in request was sent but no user is signed in.',
      });
    if (!isGranted(exchange, request, chosen))
      return redirectBack(request, { ...denial(65001), error: 'interaction_required' });
    return allow(exchange, request, chosen, request.scopes);
  }
  if (!chosen) return page(200, accountChooser(request.client, accounts, fields, hinted));
  if (!maySignIn(chosen, request.tenant)) return refuse(50020);
  if (needsAdmin(exchange, request, chosen)) {
    const mayAsk = tenantOf(world, chosen)?.consentRequests === true;
    return automatic || ['back', 'ask'].includes(fields.get('decision') ?? '')
      ? redirectBack(request, denial(mayAsk ? 90095 : 90094))
      : page(200, approvalPage(chosen, fields, mayAsk));
  }
  if (automatic)
    return allow(exchange, request, chosen, scopesOfSimGrant(request, fields.get('sim_grant')));
  if (
    fields.get('decision') === 'allow' ||
    (isGranted(exchange, request, chosen) && request.prompt !== 'consent')
  ) {
    return allow(exchange, request, chosen, request.scopes);
  }
  const lines = request.scopes.map((scope) => ({
    scope,
    text: describeScope(scope),
    optional: false,
  }));
  return page(200, consentPage(request.client, chosen, lines, fields));
}

function check(exchange: Exchange, fields: URLSearchParams): AuthorizationRequest | Reply {
  const { world } = exchange;
  const tenant = exchange.params['tenant'] ?? 'common';
  if (!tenantExists(world, tenant)) return refuse(90002, `Tenant '${tenant}'.`);
  const clientId = fields.get('client_id');
  if (!clientId) return refuse(900144, "'client_id'");
  const client = world.client('microsoft', clientId);
  if (!client) return refuse(700016, `Application identifier '${clientId}'.`);
  const redirectUri = fields.get('redirect_uri');
  if (!isRegisteredRedirect(client, redirectUri))
    return refuse(50011, `Redirect URI '${redirectUri ?? ''}'.`);
  if (
    world.state.settings.microsoft.singleTenant &&
    ['common', 'organizations', 'consumers'].includes(tenant)
  ) {
    return refuse(50194);
  }
  const prompt = fields.get('prompt') ?? '';
  if (!['', 'none', 'login', 'consent', 'select_account', 'create'].includes(prompt))
    return refuse(90023);
  const requested = (fields.get('scope') ?? '').split(/\s+/).filter(Boolean);
  const request: AuthorizationRequest = { fields, client, tenant, redirectUri, prompt, scopes: [] };
  if (fields.get('response_type') !== 'code')
    return redirectBack(request, {
      error: 'unsupported_response_type',
      error_description: 'AADSTS70005: response_type is not supported for the application.',
    });
  if (!['query', 'fragment', null].includes(fields.get('response_mode'))) {
    return redirectBack(request, {
      error: 'invalid_request',
      error_description: "AADSTS70007: 'response_mode' is not supported by this sandbox.",
    });
  }
  if (requested.length === 0)
    return redirectBack(request, {
      error: 'invalid_request',
      error_description:
        "AADSTS900144: The request body must contain the following parameter: 'scope'.",
    });
  const scopes = requested.map(shortScope);
  const unknown = requested.filter((_, index) => !scopes[index]);
  if (unknown.length > 0) {
    return redirectBack(request, {
      ...denial(70011),
      error_description: aadstsSentence(70011, `The scope ${unknown.join(' ')} is not valid.`),
    });
  }
  const challenge = fields.get('code_challenge');
  if (challenge !== null && !isWellFormed(challenge))
    return redirectBack(request, denial(501491, 'invalid_request'));
  return { ...request, scopes: [...new Set(scopes.filter((scope) => scope !== undefined))] };
}

const denial = (code: number, error = 'access_denied'): Record<string, string> => ({
  error: code === 70011 ? 'invalid_scope' : error,
  error_description: aadstsSentence(code),
  error_uri: `https://login.microsoftonline.com/error?code=${code}`,
});

function scopesOfSimGrant(request: AuthorizationRequest, granted: string | null): string[] {
  if (granted === null) return request.scopes;
  const names = granted.split(',').map((name) => shortScope(name.trim()) ?? '');
  return request.scopes.filter(
    (scope) => ['openid', 'profile', 'offline_access'].includes(scope) || names.includes(scope),
  );
}

function isGranted(exchange: Exchange, request: AuthorizationRequest, account: Account): boolean {
  const { world } = exchange;
  const { client, scopes } = request;
  const grant = findGrant(world, 'microsoft', client.project, account.id);
  if (grant !== undefined && scopes.every((scope) => grant.scopes.includes(scope))) return true;
  return isApproved(world, client, account, scopes);
}

/** Whether only an administrator can give the consent. */
function needsAdmin(exchange: Exchange, request: AuthorizationRequest, account: Account): boolean {
  if (account.tenantId === PERSONAL_TENANT || account.administrator) return false;
  if (isGranted(exchange, request, account)) return false;
  const { world } = exchange;
  const { adminConsentRequired } = world.state.settings.microsoft;
  const isBlocked =
    tenantOf(world, account)?.usersMayConsent === false &&
    request.scopes.some((scope) => scope.startsWith('Calendars.'));
  return account.adminConsentRequired ?? (adminConsentRequired || isBlocked);
}

function allow(
  exchange: Exchange,
  request: AuthorizationRequest,
  account: Account,
  granted: string[],
): Reply {
  const { world } = exchange;
  const { client, fields } = request;
  extendGrant(world, {
    provider: 'microsoft',
    project: client.project,
    accountId: account.id,
    scopes: granted,
  });
  const code = issueCode(world, {
    provider: 'microsoft',
    clientId: client.clientId,
    accountId: account.id,
    tenant: request.tenant,
    redirectUri: request.redirectUri,
    scopes: granted,
    challenge: fields.get('code_challenge'),
    challengeMethod: fields.get('code_challenge_method') ?? 'plain',
    nonce: fields.get('nonce'),
    offline: granted.includes('offline_access'),
  });
  const clientInfo = Buffer.from(JSON.stringify({ uid: account.objectId, utid: account.tenantId }));
  return redirectBack(request, {
    code: code.code,
    client_info: clientInfo.toString('base64url'),
    session_state: world.random.uuid(),
  });
}

function redirectBack(request: AuthorizationRequest, fields: Record<string, string>): Reply {
  const state = request.fields.get('state');
  const answer = new URLSearchParams({ ...fields, ...(state === null ? {} : { state }) });
  const url = new URL(request.redirectUri);
  if (request.fields.get('response_mode') === 'fragment') url.hash = answer.toString();
  else for (const [name, value] of answer) url.searchParams.set(name, value);
  return redirect(url.href);
}
