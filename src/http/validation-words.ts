// Says in plain words what is wrong with a value, and shows a right one. The words follow from the
// schema, never from the messages of the library that checks it.

import { z } from 'zod';
import { nearestName } from '../nearest-name.js';

/** The most problems that one detail names. */
const MOST_PROBLEMS = 5;
/** Names come from the client: they are cut, and show no control characters. */
const LONGEST_NAME = 64;

/** Text that a client sent, fit for a detail. */
export function shownName(name: string): string {
  return name.slice(0, LONGEST_NAME).replaceAll(/[\p{Cc}\p{Cs}]/gu, '�');
}

/**
 * A name that does not exist, with the one that was probably meant.
 * @param kind what the name is: `a parameter of this route`
 */
export function unknownName(given: string, known: readonly string[], kind: string): string {
  const meant = nearestName(given, known);
  const hint =
    meant !== null
      ? `Did you mean ${meant}?`
      : known.length === 0
        ? 'It takes none.'
        : `Use ${listed(known)}.`;
  return `${shownName(given)} is not ${kind}. ${hint}`;
}

/** What is wrong with a value that `schema` refused, in sentences. */
export function wordsOf(schema: z.ZodObject, { issues }: z.ZodError): string {
  const sentences = issues.flatMap((issue) => {
    const place = schemaAt(schema, issue.path);
    const name = issue.path.map((part) => shownName(String(part))).join('.');
    if (issue.code === 'unrecognized_keys')
      return issue.keys.map((key) => unknownName(key, fieldsOf(place), 'a field of this request'));
    const rule = requirementOf(place);
    if (name === '') return [`The body ${rule}.`];
    const isMissing = issue.code === 'invalid_type' && issue.input === undefined;
    return [isMissing ? `${name} is missing: it ${rule}.` : `${name} ${rule}.`];
  });
  return [...new Set(sentences)].slice(0, MOST_PROBLEMS).join(' ');
}

/** What a value has to be, with an example: `must be true or false, for example true`. */
export function requirementOf(schema: z.core.$ZodType): string {
  const example = exampleOf(schema);
  // Text is shown without quotes, as it stands in a query.
  const shown = typeof example === 'string' ? example : JSON.stringify(example);
  return `must be ${nounOf(unwrapped(schema))}, for example ${shown}`;
}

/** Whether a schema is for numbers. */
export const isNumber = (schema: z.core.$ZodType): boolean =>
  unwrapped(schema) instanceof z.ZodNumber;

function nounOf(schema: z.core.$ZodType): string {
  if (schema instanceof z.ZodNumber) return numberNoun(schema);
  if (schema instanceof z.ZodBoolean) return 'true or false';
  if (schema instanceof z.ZodEnum) return `one of ${listed(schema.options.map(String))}`;
  if (schema instanceof z.ZodLiteral) return [...schema.values].map(String).join(' or ');
  if (schema instanceof z.ZodISODateTime) return 'a date and time with its offset from UTC';
  if (schema instanceof z.ZodISODate) return 'a date';
  if (schema instanceof z.ZodUUID) return 'a UUID';
  if (schema instanceof z.ZodURL) return 'an absolute URL';
  if (schema instanceof z.ZodString) return `text${lengthOf(schema)}`;
  if (schema instanceof z.ZodArray) return 'a list';
  if (schema instanceof z.ZodObject) return 'a JSON object';
  return 'another value';
}

function numberNoun({ minValue, maxValue, format }: z.ZodNumber): string {
  const kind = format?.includes('int') ? 'a whole number' : 'a number';
  const [least, most] = [bound(minValue), bound(maxValue)];
  if (least !== null && most !== null) return `${kind} from ${least} to ${most}`;
  if (least !== null) return `${kind}, at least ${least}`;
  return most === null ? kind : `${kind}, at most ${most}`;
}

/** A bound that the schema names; null for those that follow from the kind of number. */
function bound(value: number | null): number | null {
  return value === null || Math.abs(value) >= Number.MAX_SAFE_INTEGER ? null : value;
}

function lengthOf({ minLength, maxLength }: z.ZodString): string {
  if (maxLength === null) return minLength === null ? '' : ` of at least ${minLength} characters`;
  return ` of ${minLength ?? 0} to ${maxLength} characters`;
}

/** A right value: the schema's own example, else one that its kind gives. */
function exampleOf(schema: z.core.$ZodType): unknown {
  for (let one: z.core.$ZodType | null = schema; one !== null; one = wrappedBy(one)) {
    const examples = z.globalRegistry.get(one)?.['examples'];
    if (Array.isArray(examples)) return examples[0];
    if (one instanceof z.ZodDefault && !(wrappedBy(one) instanceof z.ZodBoolean))
      return one.def.defaultValue;
  }
  const inner = unwrapped(schema);
  if (inner instanceof z.ZodNumber) return bound(inner.minValue) ?? 1;
  if (inner instanceof z.ZodBoolean) return true;
  if (inner instanceof z.ZodEnum) return inner.options[0];
  if (inner instanceof z.ZodLiteral) return [...inner.values][0];
  if (inner instanceof z.ZodISODateTime) return '2026-12-01T00:00:00Z';
  if (inner instanceof z.ZodISODate) return '2026-12-01';
  if (inner instanceof z.ZodUUID) return '3f0b9f7e-8f43-4c38-9d0e-5d0b6a6a1a11';
  if (inner instanceof z.ZodURL) return 'https://app.example.com/path';
  if (inner instanceof z.ZodArray) return [exampleOf(inner.def.element)];
  if (inner instanceof z.ZodObject)
    return Object.fromEntries(
      Object.entries(inner.shape).map(([name, field]) => [name, exampleOf(field)]),
    );
  return 'text';
}

/** The schema without optional, default and nullable around it. */
function unwrapped(schema: z.core.$ZodType): z.core.$ZodType {
  const inner = wrappedBy(schema);
  return inner === null ? schema : unwrapped(inner);
}

function wrappedBy(schema: z.core.$ZodType): z.core.$ZodType | null {
  const isWrapper =
    schema instanceof z.ZodOptional ||
    schema instanceof z.ZodDefault ||
    schema instanceof z.ZodNullable;
  return isWrapper ? schema.def.innerType : null;
}

/** The schema of the part of a value that a path leads to. */
function schemaAt(schema: z.core.$ZodType, path: readonly PropertyKey[]): z.core.$ZodType {
  let place = schema;
  for (const part of path) {
    const inner = unwrapped(place);
    if (inner instanceof z.ZodObject) place = inner.shape[String(part)] ?? inner;
    else if (inner instanceof z.ZodArray) place = inner.def.element;
  }
  return place;
}

function fieldsOf(schema: z.core.$ZodType): readonly string[] {
  const inner = unwrapped(schema);
  return inner instanceof z.ZodObject ? Object.keys(inner.shape) : [];
}

function listed(names: readonly string[]): string {
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} or ${names.at(-1)}`;
}
