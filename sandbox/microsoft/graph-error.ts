/** Graph's error bodies. */
import { json, type Reply, page as webPage } from '../wire/reply.js';
import type { MicrosoftSettings } from '../world/settings.js';
import type { World } from '../world/world.js';

/** `{"error":{code,message,innerError}}` */
export function graphError(
  world: World,
  status: number,
  code: string,
  message: string,
  headers: Record<string, string> = {},
): Reply {
  const requestId = world.random.uuid();
  const innerError = {
    date: world.now().toISOString().slice(0, 19),
    'request-id': requestId,
    'client-request-id': requestId,
  };
  return json(
    status,
    { error: { code, message, innerError } },
    { 'request-id': requestId, ...headers },
  );
}

/** 404 ErrorItemNotFound. */
export const itemNotFound = (world: World): Reply =>
  graphError(world, 404, 'ErrorItemNotFound', 'The specified object was not found in the store.');

/** 403 ErrorAccessDenied. */
export const accessDenied = (world: World): Reply =>
  graphError(world, 403, 'ErrorAccessDenied', 'Access is denied. Check credentials and try again.');

/** 401 InvalidAuthenticationToken. */
export const invalidToken = (
  world: World,
  message = 'Access token has expired or is not yet valid.',
): Reply =>
  graphError(world, 401, 'InvalidAuthenticationToken', message, {
    'www-authenticate':
      'Bearer realm="", authorization_uri="https://login.microsoftonline.com/common/oauth2/authorize", client_id="00000003-0000-0000-c000-000000000000"',
  });

/** 429 ApplicationThrottled, with Retry-After in seconds. */
export const throttled = (world: World, retryAfterSeconds = 1): Reply =>
  graphError(
    world,
    429,
    'ApplicationThrottled',
    'Application is over its MailboxConcurrency limit.',
    {
      'retry-after': String(retryAfterSeconds),
    },
  );

/** 404 MailboxNotEnabledForRESTAPI: the account has no mailbox. */
export const mailboxNotEnabled = (world: World): Reply =>
  graphError(
    world,
    404,
    'MailboxNotEnabledForRESTAPI',
    'The mailbox is either inactive, soft-deleted, or is hosted on-premise.',
  );

/**
 * 410 for an expired cursor, in one of three forms, or a 400. `restart` is the URL that starts a new round.
 */
export function syncStateGone(
  world: World,
  variant: MicrosoftSettings['goneVariant'],
  restart: string,
): Reply {
  if (variant === 'bare400') return webPage(400, '<title>Bad Request</title>');
  if (variant === 'badToken')
    return graphError(world, 400, 'ErrorInvalidParameter', 'Badly formed token.');
  if (variant === 'SyncStateNotFound') {
    const message =
      'The sync state generation is not found; generation=149;[highest=157][157][155][156].';
    return graphError(world, 410, 'SyncStateNotFound', message);
  }
  const message = "Resync required. Replace any local items with the server's version.";
  return graphError(
    world,
    410,
    variant === 'location' ? 'SyncStateInvalid' : 'resyncRequired',
    message,
    variant === 'location' ? { location: restart } : {},
  );
}
