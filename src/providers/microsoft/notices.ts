// Reads the notices of Graph: learn.microsoft.com/graph/change-notifications-delivery-webhooks.

import type { PushNotice, PushNotices } from '../provider-push.js';
import { field } from '../responses.js';

const LONGEST_TOKEN_BYTES = 4_096;
const MOST_NOTICES = 2_000;

const KINDS: ReadonlyMap<string, PushNotice['kind']> = new Map([
  ['missed', 'missed'],
  ['reauthorizationRequired', 'expiring'],
  ['subscriptionRemoved', 'closed'],
]);

/** The `validationToken` that verifies the address; null when the request has none or several. */
export function validationToken(query: URLSearchParams): string | null {
  const [token, another] = query.getAll('validationToken');
  if (token === undefined || token === '' || another !== undefined) return null;
  return Buffer.byteLength(token) <= LONGEST_TOKEN_BYTES ? token : null;
}

/** The notices in a parsed body, at most 2,000. Each is read when it is asked for. */
export function readNotices(body: unknown): PushNotices {
  const value = field(body, 'value');
  const items: readonly unknown[] = Array.isArray(value) ? value : [];
  return {
    length: Math.min(items.length, MOST_NOTICES),
    slice: (start, end = MOST_NOTICES) =>
      items.slice(start, Math.min(end, MOST_NOTICES)).map(toNotice),
  };
}

function toNotice(item: unknown): PushNotice {
  const clientState = field(item, 'clientState');
  const subscriptionId = field(item, 'subscriptionId');
  const [channelId = '', secret = ''] =
    typeof clientState === 'string' ? clientState.split('.', 2) : [];
  return {
    channelId,
    secret,
    resourceId: typeof subscriptionId === 'string' ? subscriptionId : null,
    kind: kindOf(field(item, 'lifecycleEvent')),
  };
}

/** An unknown lifecycle event counts as lost notices: the calendar is read once. */
function kindOf(lifecycleEvent: unknown): PushNotice['kind'] {
  if (typeof lifecycleEvent !== 'string') return 'changed';
  return KINDS.get(lifecycleEvent) ?? 'missed';
}
