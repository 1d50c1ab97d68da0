/** Microsoft's endpoints for the consent of an administrator, and what the consent allows. */
import { isRegisteredRedirect } from '../oauth/client-authentication.js';
import { accountChooser, approvalPage, organizationPage } from '../oauth/consent-pages.js';
import { type Exchange, formOf } from '../wire/exchange.js';
import { page, type Reply, redirect } from '../wire/reply.js';
import type { Account, Client, Tenant } from '../world/state.js';
import type { World } from '../world/world.js';
import { aadstsSentence, refuse } from './aadsts.js';
import { describeScope, qualifiedScope, shortScope } from './scopes.js';
import { findTenant, maySignIn, PERSONAL_TENANT, tenantExists, tenantOf } from './tenants.js';

/** A checked request. */
interface ConsentRequest {
  fields: URLSearchParams;
  client: Client;
  redirectUri: string;
  /** Null: everything that the app is registered for. */
  scopes: string[] | null;
}

/**
 * GET and POST /{tenant}/v2.0/adminconsent, and the older /{tenant}/adminconsent without scopes: an
 * administrator approves the app for everyone of the tenant.
 */
export function adminConsent(exchange: Exchange): Reply {
  const { world } = exchange;
  const fields = exchange.method === 'POST' ? formOf(exchange) : exchange.query;
  const request = check(exchange, fields);
  if ('status' in request) return request;
  const tenant = exchange.params['tenant'] ?? '';
  const accounts = world.state.accounts.filter(
    (account) =>
      account.provider === 'microsoft' &&
      account.tenantId !== PERSONAL_TENANT &&
      maySignIn(account, tenant),
  );
  const find = (name: string) => {
    const user = fields.get(name);
    return user ? world.findAccount('microsoft', user) : undefined;
  };
  const isAutomatic = fields.has('sim_user');
  const chosen = isAutomatic ? find('sim_user') : find('sim_account');
  const error = fields.get('sim_error');
  if (error) return redirectBack(exchange, request, chosen, { error });
  if (isAutomatic && !chosen) return refuse(50034);
  if (fields.get('decision') === 'cancel' || fields.get('sim_deny'))
    return deny(exchange, request, chosen);
  if (!chosen) return page(200, accountChooser(request.client, accounts, fields, undefined));
  if (!accounts.includes(chosen)) return refuse(500200, `'${chosen.email}'.`);
  const home = tenantOf(world, chosen);
  if (!chosen.administrator || home === undefined)
    return isAutomatic || fields.get('decision') === 'back'
      ? redirectBack(exchange, request, chosen, {
          error: 'access_denied',
          error_description: described(exchange, 90094),
        })
      : page(200, approvalPage(chosen, fields, false));
  if (!isAutomatic && fields.get('decision') !== 'allow')
    return page(200, reviewed(request, chosen));
  return approve(exchange, request, chosen, home);
}

function check(exchange: Exchange, fields: URLSearchParams): ConsentRequest | Reply {
  const { world } = exchange;
  const tenant = exchange.params['tenant'] ?? '';
  if (!tenantExists(world, tenant)) return refuse(90002, `Tenant '${tenant}'.`);
  // Microsoft's page says not to use `common`: a personal account has no administrator.
  if (['common', 'consumers', PERSONAL_TENANT].includes(tenant)) return refuse(900144, "'tenant'");
  const clientId = fields.get('client_id');
  if (!clientId) return refuse(900144, "'client_id'");
  const client = world.client('microsoft', clientId);
  if (!client) return refuse(700016, `Application identifier '${clientId}'.`);
  const redirectUri = fields.get('redirect_uri');
  if (!isRegisteredRedirect(client, redirectUri))
    return refuse(50011, `Redirect URI '${redirectUri ?? ''}'.`);
  if (!isV2(exchange)) return { fields, client, redirectUri, scopes: null };
  const requested = (fields.get('scope') ?? '').split(/\s+/).filter(Boolean);
  if (requested.length === 0) return refuse(900144, "'scope'");
  const scopes = requested.map(shortScope);
  const unknown = requested.filter((_, index) => !scopes[index]);
  if (unknown.length > 0) return refuse(70011, `The scope ${unknown.join(' ')} is not valid.`);
  return { fields, client, redirectUri, scopes: scopes.filter((scope) => scope !== undefined) };
}

const isV2 = ({ url }: Exchange): boolean => url.pathname.endsWith('/v2.0/adminconsent');

function reviewed({ client, scopes, fields }: ConsentRequest, account: Account): string {
  const lines = (scopes ?? ['Calendars.ReadWrite', 'User.Read', 'offline_access']).map((scope) => ({
    scope,
    text: describeScope(scope),
  }));
  return organizationPage(client, account, lines, fields);
}

function approve(
  exchange: Exchange,
  request: ConsentRequest,
  account: Account,
  { approvals }: Tenant,
): Reply {
  const { world } = exchange;
  const { client, scopes } = request;
  approvals.push({ clientId: client.clientId, scopes, at: world.now().getTime() });
  world.changed();
  return redirectBack(exchange, request, account, {
    ...(scopes === null ? {} : { scope: scopes.map(qualifiedScope).join(' ') }),
  });
}

/** The administrator pressed Cancel. The two endpoints have different words for it. */
function deny(exchange: Exchange, request: ConsentRequest, account: Account | undefined): Reply {
  return redirectBack(
    exchange,
    request,
    account,
    isV2(exchange)
      ? { error: 'consent_required', error_description: described(exchange, 65004) }
      : {
          error: 'permission_denied',
          error_description: 'The admin canceled the request',
        },
  );
}

/** The words of an error, as a redirect has them: of several lines. */
function described({ world }: Exchange, code: number): string {
  const timestamp = `${world.now().toISOString().slice(0, 19).replace('T', ' ')}Z`;
  const [trace, correlation] = [world.random.uuid(), world.random.uuid()];
  return `${aadstsSentence(code)}\r\nTrace ID: ${trace}\r\nCorrelation ID: ${correlation}\r\nTimestamp: ${timestamp}`;
}

/** A refusal says `admin_consent=True` too. Anyone can write another `tenant` into the answer. */
function redirectBack(
  { world, params }: Exchange,
  { redirectUri, fields }: ConsentRequest,
  account: Account | undefined,
  answer: Record<string, string>,
): Reply {
  const named = findTenant(world, params['tenant'] ?? '')?.id;
  const tenant = fields.get('sim_tenant') ?? account?.tenantId ?? named;
  const state = fields.get('state');
  const url = new URL(redirectUri);
  const parameters = {
    ...answer,
    admin_consent: 'True',
    ...(tenant === undefined ? {} : { tenant }),
    ...(state === null ? {} : { state }),
  };
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
  return redirect(url.href);
}

/** Whether an administrator has approved these scopes of the app for everyone of the tenant. */
export function isApproved(
  world: World,
  { clientId }: Client,
  account: Account,
  wanted: readonly string[],
): boolean {
  const { adminConsentDelayMs } = world.state.settings.microsoft;
  const since = world.now().getTime() - adminConsentDelayMs;
  const approvals = (tenantOf(world, account)?.approvals ?? []).filter(
    (approval) => approval.clientId === clientId && approval.at <= since,
  );
  return (
    approvals.some(({ scopes }) => scopes === null) ||
    wanted.every((scope) => approvals.some(({ scopes }) => scopes?.includes(scope)))
  );
}
