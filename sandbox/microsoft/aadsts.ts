/** AADSTS errors by number, each with its `error`, status and text. */
import { errorPage } from '../wire/html.js';
import { json, page, type Reply } from '../wire/reply.js';
import type { World } from '../world/world.js';

interface AadstsError {
  error: string;
  text: string;
  status?: number;
  suberror?: string;
}

const ERRORS: Record<number, AadstsError> = {
  50011: {
    error: 'invalid_request',
    text: 'The redirect URI specified in the request does not match the redirect URIs configured for the application.',
  },
  50020: {
    error: 'invalid_grant',
    text: 'User account from identity provider does not exist in tenant and cannot access the application in that tenant.',
  },
  50034: { error: 'invalid_grant', text: 'The user account does not exist in the directory.' },
  50057: { error: 'invalid_grant', text: 'The user account is disabled.' },
  50076: {
    error: 'interaction_required',
    text: 'Due to a configuration change made by your administrator, or because you moved to a new location, you must use multi-factor authentication to access the resource.',
    suberror: 'basic_action',
  },
  50079: {
    error: 'interaction_required',
    text: 'Due to a configuration change made by your administrator, you must enroll in multi-factor authentication to access the resource.',
    suberror: 'basic_action',
  },
  50105: {
    error: 'invalid_grant',
    text: 'Your administrator has configured the application to block users unless they are specifically granted access.',
  },
  50173: {
    error: 'invalid_grant',
    text: 'The provided grant has expired due to it being revoked, a fresh auth token is needed. The user might have changed or reset their password.',
    suberror: 'bad_token',
  },
  50194: {
    error: 'invalid_request',
    text: 'Application is not configured as a multi-tenant application. Usage of the /common endpoint is not supported for such apps created after 10/15/2018.',
  },
  50196: {
    error: 'invalid_grant',
    text: 'The server terminated an operation because it encountered a client request loop. Please contact your app vendor.',
  },
  53000: {
    error: 'interaction_required',
    text: 'Device is not in required device state. Conditional Access policy requires a compliant device.',
    suberror: 'message_only',
  },
  53001: {
    error: 'interaction_required',
    text: 'Device is not in required device state. Conditional Access policy requires a domain joined device.',
    suberror: 'message_only',
  },
  53003: {
    error: 'invalid_grant',
    text: 'Access has been blocked by Conditional Access policies. The access policy does not allow token issuance.',
    suberror: 'message_only',
  },
  54005: {
    error: 'invalid_grant',
    text: 'OAuth2 Authorization code was already redeemed, please retry with a new valid code or use an existing refresh token.',
  },
  500011: {
    error: 'invalid_resource',
    text: 'The resource principal was not found in the tenant. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant.',
  },
  500014: {
    error: 'invalid_resource',
    text: 'The service principal for resource is disabled. An administrator has disabled it, or a subscription of the tenant has lapsed.',
  },
  65005: {
    error: 'invalid_resource',
    text: 'The app required resource access list does not contain apps discoverable by the resource, or the client app has requested access to a resource that was not specified in its required resource access list.',
  },
  650051: {
    error: 'invalid_client',
    text: 'The application cannot be used in this tenant: a service principal of the same name is present. An administrator has to consent again.',
  },
  650052: {
    error: 'invalid_client',
    text: 'The app needs access to a service that your organization has not subscribed to or enabled. Contact your IT Admin to review the configuration of your service subscriptions.',
  },
  65001: {
    error: 'invalid_grant',
    text: 'The user or administrator has not consented to use the application. Send an interactive authorization request for this user and resource.',
    suberror: 'consent_required',
  },
  65004: { error: 'access_denied', text: 'User declined to consent to access the app.' },
  70000: {
    error: 'invalid_grant',
    text: 'The provided value for the input parameter is not valid. The request was denied because one or more scopes requested are unauthorized or expired.',
  },
  70008: {
    error: 'invalid_grant',
    text: 'The provided authorization code or refresh token has expired due to inactivity. Send a new interactive authorization request for this user and resource.',
  },
  70011: {
    error: 'invalid_scope',
    text: "The provided request must include a 'scope' input parameter. The provided value for the input parameter 'scope' is not valid.",
  },
  70043: {
    error: 'invalid_grant',
    text: 'The refresh token has expired or is invalid due to sign-in frequency checks by conditional access.',
    suberror: 'token_expired',
  },
  90002: {
    error: 'invalid_request',
    text: 'Tenant not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud.',
  },
  90006: {
    error: 'temporarily_unavailable',
    text: 'The service is temporarily unavailable. Please retry later.',
    status: 503,
  },
  90014: {
    error: 'invalid_request',
    text: 'The required field {parameter} is missing from the credential.',
  },
  90023: { error: 'invalid_request', text: "Unsupported 'prompt' value." },
  90033: {
    error: 'temporarily_unavailable',
    text: 'A transient error has occurred. Please try again.',
    status: 503,
  },
  90093: {
    error: 'access_denied',
    text: "This operation can only be performed by an administrator. Sign out and sign in as an administrator or contact one of your organization's administrators.",
  },
  90099: {
    error: 'access_denied',
    text: 'The application has not been authorized in the tenant. Applications must be authorized to access the customer tenant before partner delegated administrators can use them.',
  },
  90094: {
    error: 'access_denied',
    text: 'Admin consent is required for the permissions requested by this application.',
  },
  90095: {
    error: 'access_denied',
    text: 'Admin consent is required for the permissions requested by this application. An admin consent request may be sent to the admin.',
  },
  500200: {
    error: 'invalid_request',
    text: 'User account is a personal Microsoft account. Personal Microsoft accounts are not supported for this application unless explicitly invited to an organization. Sign out and sign in again with an organizational account. Account:',
  },
  500112: {
    error: 'invalid_grant',
    text: 'The reply address does not match the reply address provided when requesting Authorization code.',
  },
  501481: {
    error: 'invalid_grant',
    text: 'The Code_Verifier does not match the code_challenge supplied in the authorization request.',
  },
  501491: { error: 'invalid_request', text: 'Invalid size of Code_Challenge parameter.' },
  700003: { error: 'invalid_grant', text: 'Device object was not found in the tenant directory.' },
  700016: {
    error: 'unauthorized_client',
    text: 'Application was not found in the directory. You may have sent your authentication request to the wrong tenant.',
  },
  700082: {
    error: 'invalid_grant',
    text: 'The refresh token has expired due to inactivity. The token was issued on {issued} and was inactive for 90.00:00:00.',
  },
  700084: {
    error: 'invalid_grant',
    text: 'The refresh token was issued to a single page app (SPA), and therefore has a fixed, limited lifetime of 1.00:00:00, which cannot be extended.',
  },
  900144: {
    error: 'invalid_request',
    text: 'The request body must contain the following parameter: {parameter}.',
  },
  900941: {
    error: 'access_denied',
    text: 'An administrator of your organization needs to approve this app before you can use it.',
  },
  7000215: {
    error: 'invalid_client',
    text: 'Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID.',
    status: 401,
  },
  7000218: {
    error: 'invalid_client',
    text: "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.",
    status: 401,
  },
  7000222: {
    error: 'invalid_client',
    text: 'The provided client secret keys are expired. Visit the Azure portal to create new keys for your app.',
    status: 401,
  },
  9002313: { error: 'invalid_request', text: 'Invalid request. Request is malformed or invalid.' },
};

/** A sentence for an error page or a redirect: `AADSTS65004: User declined...`. */
export function aadstsSentence(code: number, detail = ''): string {
  return `AADSTS${code}: ${ERRORS[code]?.text ?? 'An error occurred.'}${detail ? ` ${detail}` : ''}`;
}

/** The error page of a request without a redirect URI that can be trusted. */
export function refuse(code: number, detail = ''): Reply {
  return page(
    400,
    errorPage(
      'microsoft',
      "Sorry, but we're having trouble signing you in.",
      aadstsSentence(code, detail),
    ),
  );
}

/**
 * The response of the token endpoint for an AADSTS number. `words` replace the placeholders in the
 * text.
 */
export function aadstsReply(world: World, code: number, words: Record<string, string> = {}): Reply {
  const entry = ERRORS[code] ?? { error: 'invalid_grant', text: 'An error occurred.' };
  const timestamp = `${world.now().toISOString().slice(0, 19).replace('T', ' ')}Z`;
  const trace = world.random.uuid();
  const correlation = world.random.uuid();
  const text = aadstsSentence(code).replace(/\{(\w+)\}/g, (_, name: string) => words[name] ?? '');
  return json(entry.status ?? 400, {
    error: entry.error,
    error_description: `${text} Trace ID: ${trace} Correlation ID: ${correlation} Timestamp: ${timestamp}`,
    error_codes: [code],
    timestamp,
    trace_id: trace,
    correlation_id: correlation,
    error_uri: `https://login.microsoftonline.com/error?code=${code}`,
    ...(entry.suberror ? { suberror: entry.suberror } : {}),
  });
}
