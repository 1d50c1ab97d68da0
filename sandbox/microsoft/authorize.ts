/** Microsoft's authorization endpoint: checks, the two pages, and the way back. */
import { isRegisteredRedirect } from '../oauth/client-authentication.js';
import { accountChooser, consentPage } from '../oauth/consent-pages.js';
import { isWellFormed } from '../oauth/pkce.js';
import { extendGrant, findGrant, issueCode } from '../oauth/token-store.js';
import { type Exchange, formOf } from '../wire/exchange.js';
import { errorPage, escapeHtml, layout } from '../wire/html.js';
import { page, type Reply, redirect } from '../wire/reply.js';
import type { Account, Client } from '../world/state.js';
import { aadstsSentence } from './aadsts.js';
import { describeScope, shortScope } from './scopes.js';
import { mayEnter, PERSONAL_TENANT, tenantExists } from './tenants.js';

interface Asked {
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
  const asked = check(exchange, fields);
  if ('status' in asked) return asked;
  const { world } = exchange;
  const find = (name: string) => {
    const user = fields.get(name);
    return user ? world.findAccount('microsoft', user) : undefined;
  };
  const error = fields.get('sim_error');
  if (error) return back(asked, /^\d+$/.test(error) ? denial(Number(error)) : { error });
  if (fields.get('sim_deny') || fields.get('decision') === 'cancel') {
    return back(asked, { ...denial(65004), error_subcode: 'cancel' });
  }
  const accounts = world.state.accounts.filter(
    (account) => account.provider === 'microsoft' && mayEnter(account, asked.tenant),
  );
  const hinted = find('login_hint');
  const automatic = fields.has('sim_user') || fields.has('sim_grant');
  const chosen = automatic
    ? (find('sim_user') ?? hinted ?? accounts[0])
    : (find('sim_account') ?? (asked.prompt === 'select_account' ? undefined : hinted));
  if (fields.has('sim_user') && !find('sim_user')) return refuse(50034);
  if (asked.prompt === 'none') {
    if (!chosen)
      return back(asked, {
        error: 'login_required',
        error_description:
          'AADSTS50058: A silent sign-in request was sent but no user is signed in.',
      });
    if (!covered(exchange, asked, chosen))
      return back(asked, { ...denial(65001), error: 'interaction_required' });
    return allow(exchange, asked, chosen, asked.scopes);
  }
  if (!chosen) return page(200, accountChooser(asked.client, accounts, fields, hinted));
  if (!mayEnter(chosen, asked.tenant)) return refuse(50020);
  if (needsAdmin(exchange, asked, chosen)) {
    return automatic || fields.get('decision') === 'back'
      ? back(asked, denial(90094))
      : page(200, adminPage(chosen, fields));
  }
  if (automatic) return allow(exchange, asked, chosen, simGranted(asked, fields.get('sim_grant')));
  if (
    fields.get('decision') === 'allow' ||
    (covered(exchange, asked, chosen) && asked.prompt !== 'consent')
  ) {
    return allow(exchange, asked, chosen, asked.scopes);
  }
  const lines = asked.scopes.map((scope) => ({
    scope,
    text: describeScope(scope),
    optional: false,
  }));
  return page(200, consentPage(asked.client, chosen, lines, fields));
}

function check(exchange: Exchange, fields: URLSearchParams): Asked | Reply {
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
  const wanted = (fields.get('scope') ?? '').split(/\s+/).filter(Boolean);
  const asked: Asked = { fields, client, tenant, redirectUri, prompt, scopes: [] };
  if (fields.get('response_type') !== 'code')
    return back(asked, {
      error: 'unsupported_response_type',
      error_description: 'AADSTS70005: response_type is not supported for the application.',
    });
  if (!['query', 'fragment', null].includes(fields.get('response_mode'))) {
    return back(asked, {
      error: 'invalid_request',
      error_description: "AADSTS70007: 'response_mode' is not supported by this sandbox.",
    });
  }
  if (wanted.length === 0)
    return back(asked, {
      error: 'invalid_request',
      error_description:
        "AADSTS900144: The request body must contain the following parameter: 'scope'.",
    });
  const scopes = wanted.map(shortScope);
  const unknown = wanted.filter((_, index) => !scopes[index]);
  if (unknown.length > 0) {
    return back(asked, {
      ...denial(70011),
      error_description: aadstsSentence(70011, `The scope ${unknown.join(' ')} is not valid.`),
    });
  }
  const challenge = fields.get('code_challenge');
  if (challenge !== null && !isWellFormed(challenge))
    return back(asked, denial(501491, 'invalid_request'));
  return { ...asked, scopes: [...new Set(scopes.filter((scope) => scope !== undefined))] };
}

const denial = (code: number, error = 'access_denied'): Record<string, string> => ({
  error: code === 70011 ? 'invalid_scope' : error,
  error_description: aadstsSentence(code),
  error_uri: `https://login.microsoftonline.com/error?code=${code}`,
});

function simGranted(asked: Asked, granted: string | null): string[] {
  if (granted === null) return asked.scopes;
  const names = granted.split(',').map((name) => shortScope(name.trim()) ?? '');
  return asked.scopes.filter(
    (scope) => ['openid', 'profile', 'offline_access'].includes(scope) || names.includes(scope),
  );
}

function covered(exchange: Exchange, asked: Asked, account: Account): boolean {
  const grant = findGrant(exchange.world, 'microsoft', asked.client.project, account.id);
  return grant !== undefined && asked.scopes.every((scope) => grant.scopes.includes(scope));
}

function needsAdmin(exchange: Exchange, asked: Asked, account: Account): boolean {
  if (account.tenantId === PERSONAL_TENANT || covered(exchange, asked, account)) return false;
  return (
    account.adminConsentRequired ?? exchange.world.state.settings.microsoft.adminConsentRequired
  );
}

function adminPage(account: Account, fields: URLSearchParams): string {
  const hidden = [...fields, ['sim_account', account.id]]
    .filter(([name]) => name !== 'decision')
    .map(
      ([name = '', value = '']) =>
        `<input type="hidden" name="${escapeHtml(name)}" value="${escapeHtml(value)}">`,
    )
    .join('');
  return layout(
    'microsoft',
    'Need admin approval',
    `<h1>Need admin approval</h1><p>${escapeHtml(account.email)}</p><p>This app needs permission to access resources in your organization that only an admin can grant.</p>
<form method="post" class="actions">${hidden}<button name="decision" value="back">Return to the application without granting consent</button></form>`,
  );
}

function allow(exchange: Exchange, asked: Asked, account: Account, granted: string[]): Reply {
  const { world } = exchange;
  const { client, fields } = asked;
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
    tenant: asked.tenant,
    redirectUri: asked.redirectUri,
    scopes: granted,
    challenge: fields.get('code_challenge'),
    challengeMethod: fields.get('code_challenge_method') ?? 'plain',
    nonce: fields.get('nonce'),
    offline: granted.includes('offline_access'),
  });
  const clientInfo = Buffer.from(JSON.stringify({ uid: account.objectId, utid: account.tenantId }));
  return back(asked, {
    code: code.code,
    client_info: clientInfo.toString('base64url'),
    session_state: world.random.uuid(),
  });
}

function back(asked: Asked, fields: Record<string, string>): Reply {
  const state = asked.fields.get('state');
  const answer = new URLSearchParams({ ...fields, ...(state === null ? {} : { state }) });
  const url = new URL(asked.redirectUri);
  if (asked.fields.get('response_mode') === 'fragment') url.hash = answer.toString();
  else for (const [name, value] of answer) url.searchParams.set(name, value);
  return redirect(url.href);
}

function refuse(code: number, detail = ''): Reply {
  return page(
    400,
    errorPage(
      'microsoft',
      "Sorry, but we're having trouble signing you in.",
      aadstsSentence(code, detail),
    ),
  );
}

/** GET /{tenant}/adminconsent: an administrator approves the app for the whole tenant. */
export function adminConsent(exchange: Exchange): Reply {
  const { world, query } = exchange;
  const tenant = exchange.params['tenant'] ?? '';
  const client = world.client('microsoft', query.get('client_id') ?? '');
  const redirectUri = query.get('redirect_uri');
  if (!client) return refuse(700016);
  if (!isRegisteredRedirect(client, redirectUri)) return refuse(50011);
  const entered = world.state.accounts.filter(
    (account) =>
      account.provider === 'microsoft' &&
      account.tenantId !== PERSONAL_TENANT &&
      mayEnter(account, tenant),
  );
  for (const account of entered) account.adminConsentRequired = false;
  world.changed();
  const url = new URL(redirectUri);
  url.searchParams.set('admin_consent', 'True');
  url.searchParams.set('tenant', entered[0]?.tenantId ?? tenant);
  const state = query.get('state');
  if (state !== null) url.searchParams.set('state', state);
  return redirect(url.href);
}
