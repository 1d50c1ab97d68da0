/**
 * A validator for the part of JSON Schema 2020-12 that the OpenAPI document uses. It refuses
 * unknown keywords.
 */

export interface Schema {
  readonly [keyword: string]: unknown;
}

const ANNOTATIONS = new Set([
  'description',
  'title',
  'examples',
  'example',
  'default',
  'deprecated',
  'id',
  '$schema',
  'x-extensible-enum',
]);

const FORMATS: Readonly<Record<string, RegExp>> = {
  uuid: /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i,
  'date-time': /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/,
  date: /^\d{4}-\d\d-\d\d$/,
  uri: /^[a-z][a-z\d+.-]*:\S+$/i,
};

type Check = (value: unknown, schema: Schema, at: string, root: unknown) => string[];

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const typeOf = (value: unknown): string =>
  value === null
    ? 'null'
    : Array.isArray(value)
      ? 'array'
      : Number.isInteger(value)
        ? 'integer'
        : typeof value;
const when = (holds: boolean, problem: string): string[] => (holds ? [problem] : []);
const same = (one: unknown, other: unknown): boolean =>
  JSON.stringify(one) === JSON.stringify(other);

const KEYWORDS: Readonly<Record<string, Check>> = {
  type(value, { type }, at) {
    const [types, actual] = [[type].flat(), typeOf(value)];
    return when(
      !types.includes(actual) && !(actual === 'integer' && types.includes('number')),
      `${at} is ${actual}, not ${types}`,
    );
  },
  enum: (value, schema, at) =>
    when(
      !(schema['enum'] as unknown[]).some((one) => same(one, value)),
      `${at} is ${JSON.stringify(value)}`,
    ),
  const: (value, schema, at) => when(!same(schema['const'], value), `${at} is not the constant`),
  format(value, { format }, at) {
    const pattern = FORMATS[format as string];
    if (pattern === undefined) return [`${at} has the unknown format ${format}`];
    return when(
      typeof value === 'string' && !pattern.test(value),
      `${at} is no ${format}: ${value}`,
    );
  },
  pattern: (value, { pattern }, at) =>
    when(
      typeof value === 'string' && !new RegExp(pattern as string, 'u').test(value),
      `${at} does not match its pattern`,
    ),
  minLength: (value, { minLength }, at) =>
    when(
      typeof value === 'string' && [...value].length < (minLength as number),
      `${at} is too short`,
    ),
  maxLength: (value, { maxLength }, at) =>
    when(
      typeof value === 'string' && [...value].length > (maxLength as number),
      `${at} is too long`,
    ),
  minimum: (value, { minimum }, at) =>
    when(typeof value === 'number' && value < (minimum as number), `${at} is too small`),
  maximum: (value, { maximum }, at) =>
    when(typeof value === 'number' && value > (maximum as number), `${at} is too large`),
  required: (value, { required }, at) =>
    isObject(value)
      ? (required as string[])
          .filter((name) => !Object.hasOwn(value, name))
          .map((name) => `${at}.${name} is missing`)
      : [],
  properties: (value, { properties }, at, root) =>
    isObject(value)
      ? Object.entries(properties as Record<string, Schema>).flatMap(([name, schema]) =>
          Object.hasOwn(value, name) ? violations(value[name], schema, root, `${at}.${name}`) : [],
        )
      : [],
  additionalProperties(value, { additionalProperties, properties = {} }, at, root) {
    if (!isObject(value)) return [];
    const more = Object.keys(value).filter((name) => !Object.hasOwn(properties as object, name));
    if (additionalProperties === true) return [];
    if (additionalProperties === false)
      return more.map((name) => `${at}.${name} is not in the schema`);
    return more.flatMap((name) =>
      violations(value[name], additionalProperties as Schema, root, `${at}.${name}`),
    );
  },
  items: (value, { items }, at, root) =>
    Array.isArray(value)
      ? value.flatMap((item, index) => violations(item, items as Schema, root, `${at}[${index}]`))
      : [],
  anyOf(value, { anyOf }, at, root) {
    const all = (anyOf as Schema[]).map((schema) => violations(value, schema, root, at));
    return all.some((problems) => problems.length === 0)
      ? []
      : [`${at} is none of: ${all.map((problems) => problems.join(', ')).join(' | ')}`];
  },
  allOf: (value, { allOf }, at, root) =>
    (allOf as Schema[]).flatMap((schema) => violations(value, schema, root, at)),
  $ref: (value, { $ref }, at, root) => violations(value, resolve($ref as string, root), root, at),
};

/** The target of `$ref` within `root`. @throws Error when it does not exist */
export function resolve($ref: string, root: unknown): Schema {
  if (!$ref.startsWith('#/')) throw new Error(`${$ref} is not in this document`);
  const found = $ref
    .slice(2)
    .split('/')
    .reduce<unknown>(
      (part, name) =>
        isObject(part) ? part[name.replaceAll('~1', '/').replaceAll('~0', '~')] : undefined,
      root,
    );
  if (!isObject(found)) throw new Error(`${$ref} points at nothing`);
  return found;
}

/**
 * The errors of `value`, each with its path; empty if it is valid. References are resolved in
 * `root`.
 */
export function violations(value: unknown, schema: Schema, root: unknown, at = '$'): string[] {
  return Object.keys(schema)
    .filter((keyword) => !ANNOTATIONS.has(keyword))
    .flatMap(
      (keyword) =>
        KEYWORDS[keyword]?.(value, schema, at, root) ?? [
          `${at} has the unknown keyword ${keyword}`,
        ],
    );
}
