/** Google's error bodies (Calendar API, "Handle API errors"). */
import { json, type Reply } from '../wire/reply.js';

/** `{"error":{code,message,errors:[{domain,reason,message}]}}` */
export function googleError(
  code: number,
  reason: string,
  message: string,
  more: { domain?: string; locationType?: string; location?: string } = {},
): Reply {
  const { domain = 'global', ...location } = more;
  const body = { error: { code, message, errors: [{ domain, reason, message, ...location }] } };
  return json(
    code,
    body,
    code === 401 ? { 'www-authenticate': 'Bearer realm="https://accounts.google.com/"' } : {},
  );
}

/** 401 authError. */
export const invalidCredentials = (): Reply =>
  googleError(401, 'authError', 'Invalid Credentials', {
    locationType: 'header',
    location: 'Authorization',
  });

/** 404 notFound. */
export const notFound = (): Reply => googleError(404, 'notFound', 'Not Found');

/** 410: the sync token is too old. */
export const fullSyncRequired = (): Reply =>
  googleError(410, 'fullSyncRequired', 'Sync token is no longer valid, a full sync is required.', {
    domain: 'calendar',
    locationType: 'parameter',
    location: 'syncToken',
  });

/** 400 invalid, with the name of the parameter. */
export const invalidParameter = (name: string, message: string): Reply =>
  googleError(400, 'invalid', message, { locationType: 'parameter', location: name });

/** 412: the If-Match etag is not the current one. */
export const preconditionFailed = (): Reply =>
  googleError(412, 'conditionNotMet', 'Precondition Failed', {
    locationType: 'header',
    location: 'If-Match',
  });

/** 403: the account has no calendar. */
export const notACalendarUser = (): Reply =>
  googleError(403, 'notACalendarUser', 'The user must be signed up for Google Calendar.', {
    domain: 'calendar',
  });

/** 403 for a quota per minute. */
export const rateLimitExceeded = (
  reason: 'rateLimitExceeded' | 'userRateLimitExceeded' = 'rateLimitExceeded',
): Reply =>
  googleError(
    403,
    reason,
    reason === 'rateLimitExceeded' ? 'Rate Limit Exceeded' : 'User Rate Limit Exceeded',
    {
      domain: 'usageLimits',
    },
  );

/** 403 for a quota per day. */
export const quotaExceeded = (): Reply =>
  googleError(403, 'quotaExceeded', 'Calendar usage limits exceeded.', { domain: 'usageLimits' });

/** The token lacks the scope. */
export function insufficientScopes(): Reply {
  const errors = [
    { domain: 'global', reason: 'insufficientPermissions', message: 'Insufficient Permission' },
  ];
  const details = [
    {
      '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
      reason: 'ACCESS_TOKEN_SCOPE_INSUFFICIENT',
      domain: 'googleapis.com',
      metadata: { service: 'calendar-json.googleapis.com' },
    },
  ];
  const message = 'Request had insufficient authentication scopes.';
  return json(403, { error: { code: 403, message, errors, status: 'PERMISSION_DENIED', details } });
}
