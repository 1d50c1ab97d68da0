// The version of the event mapping, at the head of every cursor.

import { createHash } from 'node:crypto';
import { z } from 'zod';
import { ProviderError } from '../errors.js';
import { EVENT_MODEL } from '../event-model.js';

/**
 * Raise it when a request for events changes its parameters, or a mapper fills an existing field in
 * another way, and stored events must get the new value. The fields themselves are part of {@link
 * EVENT_MAPPING_VERSION}.
 */
const MAPPING = 3;

/**
 * The version of how events are requested and mapped, for all providers. No cursor of another
 * version works, so every calendar is read in full once.
 */
const EVENT_MAPPING_VERSION = `v${MAPPING}.${modelFingerprint(EVENT_MODEL)}:`;

/** Eight hex digits of the names of a model's fields and of the values of its enums. */
export function modelFingerprint(model: z.ZodType): string {
  const names = namesIn(z.toJSONSchema(model)).sort();
  return createHash('sha256').update(names.join('\n')).digest('hex').slice(0, 8);
}

/** The paths of the properties in a JSON schema, and of the values of its enums. */
function namesIn(schema: unknown, path = ''): string[] {
  if (typeof schema !== 'object' || schema === null) return [];
  return Object.entries(schema).flatMap(([key, value]) => {
    if (key === 'enum') return (value as unknown[]).map((one) => `${path}=${one}`);
    if (key !== 'properties' && key !== '$defs') return namesIn(value, path);
    return Object.entries(value as object).flatMap(([name, property]) => [
      `${path}.${name}`,
      ...namesIn(property, `${path}.${name}`),
    ]);
  });
}

/**
 * The cursor of a page: null unless it is the last one. Null also when the last page has no token,
 * so that the calendar is read in full the next time.
 * @param token the provider's own token or link for the next incremental sync
 */
export function pageCursor(next: string | null, token: string | null): string | null {
  return next === null && token !== null ? EVENT_MAPPING_VERSION + token : null;
}

/**
 * The provider's own token or link in a stored cursor.
 * @throws ProviderError `cursor_expired` for a cursor of another version
 */
export function tokenInCursor(cursor: string): string {
  if (!cursor.startsWith(EVENT_MAPPING_VERSION))
    throw new ProviderError('cursor_expired', { reason: 'the cursor has another version' });
  return cursor.slice(EVENT_MAPPING_VERSION.length);
}
