/**
 * The documented forms, key by key, and a small validator for the JSON Schema that the service
 * publishes.
 */
import { complaints } from './client.js';

const SYNC = 'state, phase, trigger, startedAt, finishedAt, progress, error';
export const KEYS = {
  Account:
    'id, userId, provider, email, displayName, scopes, access, status, statusReason, connectedAt, updatedAt, lastSyncedAt, nextSyncAt, sync, push',
  Sync: SYNC,
  Calendar:
    'id, accountId, providerCalendarId, name, description, timeZone, color, primary, accessRole, selected, lastSyncedAt, sync',
  Event:
    'id, accountId, calendarId, providerEventId, iCalUid, etag, title, description, location, kind, seriesId, originalStart, allDay, start, end, status, busy, eventType, visibility, organizer, attendees, selfResponse, conferenceUrl, reminders, link, createdAt, updatedAt',
  Authorization: 'url, state, expiresAt',
  Disconnected: 'id, revoked, reason, manageUrl',
  SyncAccepted: 'syncId, accountId, state, statusUrl',
  push: 'state, expiresAt',
  progress: 'calendarsDone, calendarsTotal, eventsSeen',
  error: 'code, message, retryable',
  calendarSync: 'state, error',
} as const;

/** Keys of the OpenAPI document that the documented minimum does not require. */
const BESIDES = new Set(['lastAttemptAt', 'nextAttemptAt', 'skipped']);

/** The required keys of a sync object. */
export function syncKeysOf(sync: unknown): string {
  return keysOf(
    Object.fromEntries(Object.entries(sync as object).filter(([key]) => !BESIDES.has(key))),
  );
}

/** Sorted keys, so that one comparison shows missing and additional ones. */
export function keysOf(value: unknown): string {
  return Object.keys(value as object)
    .sort()
    .join(', ');
}

export function contractKeys(name: keyof typeof KEYS): string {
  return KEYS[name].split(', ').sort().join(', ');
}

export const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/;
export const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

// biome-ignore lint/suspicious/noExplicitAny: a JSON Schema
type Schema = any;

/** The paths at which a value does not match a schema of the document. */
export function disagreements(
  document: Schema,
  schema: Schema,
  value: unknown,
  path = '$',
): string[] {
  if (schema.$ref) {
    const name = schema.$ref.split('/').at(-1);
    return disagreements(document, document.components.schemas[name], value, path);
  }
  const either = schema.anyOf ?? schema.oneOf;
  if (either) {
    const all = either.map((one: Schema) => disagreements(document, one, value, path));
    return all.some((found: string[]) => found.length === 0) ? [] : all[0];
  }
  const types = [schema.type ?? []].flat();
  const actual = value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value;
  const fits = (type: string) => type === actual || (type === 'integer' && Number.isInteger(value));
  if (types.length && !types.some(fits)) return [`${path} is ${actual}, not ${types}`];
  if (schema.enum && !schema.enum.includes(value))
    return [`${path} is ${value}, not one of ${schema.enum}`];
  if (schema.pattern && typeof value === 'string' && !new RegExp(schema.pattern).test(value))
    return [`${path}: ${value}`];
  if (Array.isArray(value))
    return value.flatMap((item, index) =>
      disagreements(document, schema.items ?? {}, item, `${path}[${index}]`),
    );
  if (actual !== 'object') return [];
  const object = value as Record<string, unknown>;
  const properties = schema.properties ?? {};
  return [
    ...(schema.required ?? [])
      .filter((key: string) => !(key in object))
      .map((key: string) => `${path}.${key} is missing`),
    ...Object.entries(object).flatMap(([key, inner]) => {
      if (key in properties)
        return disagreements(document, properties[key], inner, `${path}.${key}`);
      return schema.additionalProperties === false ? [`${path}.${key} is not in the schema`] : [];
    }),
  ];
}

/** For the last test of every file: no response violated the rules for all responses. */
export function takeComplaints(): string[] {
  return [...new Set(complaints.splice(0))];
}
