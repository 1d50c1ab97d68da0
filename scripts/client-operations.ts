// The generated part of the client, client/operations.ts: types, methods and a table, made of the
// OpenAPI document. `npm run docs:client` writes it.

import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { openApiDocument } from '../src/http/openapi.js';
import { PROVIDERS } from '../src/providers/catalogue.js';
import { comment, keyOf, type Schema, TypeWriter } from './client-types.js';

interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header' | 'cookie';
  readonly required?: boolean;
  readonly description?: string;
  readonly schema: Schema;
}

interface Body {
  readonly required?: boolean;
  readonly content: Readonly<Record<string, { readonly schema: Schema }>>;
}

interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly description?: string;
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: Body;
  readonly responses: Readonly<Record<string, Partial<Body> & { readonly description: string }>>;
}

/** The document, as far as the client is made of it. */
export interface ClientDocument {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

/** Problems that nearly every operation has. They are not repeated at each method. */
const COMMON =
  /^(unauthenticated|forbidden|origin_not_allowed|rate_limited|temporarily_unavailable|invalid_request|payload_too_large|unsupported_media_type)$/;

const HEAD = `// The operations of the API. \`npm run docs:client\` writes this file from the OpenAPI document.

import type { Operation, Pages, RequestOptions, StreamEvent, StreamOptions } from './shapes.js';
`;

const capital = (name: string): string => name.charAt(0).toUpperCase() + name.slice(1);

/** The whole text of client/operations.ts. */
export function clientOperations(document: ClientDocument = ownDocument()): string {
  const writer = new TypeWriter();
  const { schemas } = document.components;
  const found = Object.entries(document.paths).flatMap(([path, item]) =>
    Object.entries(item)
      .filter(([, operation]) => !isPassedOn(operation))
      .map(([method, operation]) => describe(writer, schemas, path, method, operation)),
  );
  const named = Object.entries(schemas).map(([name, schema]) => writer.declaration(name, schema));
  const of = (pick: (one: Described) => string | null): string =>
    found
      .map(pick)
      .filter((text) => text !== null)
      .join('');
  return formatted(
    [
      HEAD,
      ...named,
      ...found.flatMap(({ requests }) => requests),
      // Last: the types above have given the names.
      writer.openTypes(),
      `${comment('One method for each operation.')}export interface Methods {\n${of((one) => one.method)}}\n`,
      `${comment('The listings, entry by entry, over all pages.')}export interface PageMethods {\n${of((one) => one.pages)}}\n`,
      `${comment('The operations that answer with server-sent events.')}export interface StreamMethods {\n${of((one) => one.stream)}}\n`,
      `${comment('The addresses that a browser opens by itself, as text.')}export interface UrlMethods {\n${of((one) => one.url)}}\n`,
      `${comment('How each operation is requested.')}export const OPERATIONS: Readonly<Record<keyof Methods, Operation>> = {\n${of((one) => one.row)}};\n`,
    ].join('\n'),
  );
}

/** Whether the answer is a provider's own: `client.request` is for that. */
const isPassedOn = ({ responses }: Operation): boolean =>
  Object.values(responses).some(({ content }) => content?.['*/*'] !== undefined);

/** The text as the formatter of this repository has it. */
function formatted(text: string): string {
  const biome = fileURLToPath(new URL('../node_modules/.bin/biome', import.meta.url));
  return execFileSync(biome, ['format', '--stdin-file-path=client/operations.ts'], {
    input: text,
    encoding: 'utf8',
  });
}

function ownDocument(): ClientDocument {
  return openApiDocument({
    publicUrl: 'https://calendars.example.com',
    version: '0',
    providerIds: [...PROVIDERS.keys()],
  }) as unknown as ClientDocument;
}

/** The texts of one operation, by where they stand. */
interface Described {
  readonly requests: readonly string[];
  readonly method: string;
  readonly pages: string | null;
  readonly stream: string | null;
  readonly url: string | null;
  readonly row: string;
}

function describe(
  writer: TypeWriter,
  schemas: Readonly<Record<string, Schema>>,
  path: string,
  method: string,
  operation: Operation,
): Described {
  const { operationId, parameters = [], summary, description } = operation;
  const { requests, request, inUrl } = requestOf(writer, operation);
  const answer = answerOf(writer, schemas, operation);
  const cursor = answer.item === null ? undefined : cursorOf(parameters);
  const words = description === undefined ? summary : `${summary}.\n\n${description}`;
  const line = (type: string, text = words) =>
    `${comment(text, '  ')}  ${operationId}(${request}): ${type};\n`;
  const isNavigation = method === 'get' && answer.kind === 'raw' && !answer.isData;
  const row = [
    `method: '${method.toUpperCase()}'`,
    `path: '${path.replace(/^\/integrations/, '')}'`,
    `answer: '${answer.kind}'`,
    ...(cursor === undefined ? [] : [`cursor: '${cursor}'`]),
    ...(answer.hasStream ? ['stream: true'] : []),
    ...(isNavigation ? ['url: true'] : []),
  ];
  const streamItem = answer.item ?? answer.type;
  return {
    requests,
    method: line(`Promise<${answer.type}>`, words + problemsOf(operation)),
    pages: cursor === undefined ? null : line(`Pages<${answer.type}>`),
    stream: answer.hasStream
      ? line(`AsyncGenerator<StreamEvent<${streamItem}>, void>`).replace(
          'RequestOptions',
          'StreamOptions',
        )
      : null,
    url: isNavigation ? `${comment(words, '  ')}  ${operationId}(${inUrl}): string;\n` : null,
    row: `  ${operationId}: {\n${row.map((part) => `    ${part},\n`).join('')}  },\n`,
  };
}

/** The query parameter that takes `nextCursor` of the previous page. */
const cursorOf = (parameters: readonly Parameter[]): string | undefined =>
  parameters.find(({ in: place, name }) => place === 'query' && /^(cursor|after)$/.test(name))
    ?.name;

/** What a method takes, with the types of its query and body. */
function requestOf(writer: TypeWriter, operation: Operation) {
  const { operationId, parameters = [], requestBody } = operation;
  const requests: string[] = [];
  const parts: string[] = [];
  for (const place of ['path', 'query', 'header'] as const) {
    const own = parameters.filter((parameter) => parameter.in === place);
    if (own.length === 0) continue;
    const schema = objectOf(own);
    const mark = schema.required?.length === 0 ? '?' : '';
    const key = place === 'header' ? 'headers' : place;
    if (place === 'path') {
      const fields = own.map(({ name }) => `${keyOf(name)}: string`).join('; ');
      parts.push(`path: { ${fields} }`);
      continue;
    }
    const name = `${capital(operationId)}${capital(key)}`;
    const what = place === 'query' ? 'query' : 'headers';
    requests.push(writer.declaration(name, schema, `The ${what} of \`${operationId}\`.`));
    parts.push(`${key}${mark}: ${name}${mark === '' ? '' : ' | undefined'}`);
  }
  const urlParts = [...parts];
  const body = requestBody?.content['application/json']?.schema;
  if (body !== undefined) {
    const name = body.$ref?.split('/').at(-1) ?? `${capital(operationId)}Body`;
    if (body.$ref === undefined)
      requests.push(writer.declaration(name, body, `The body of \`${operationId}\`.`));
    parts.push(requestBody?.required === true ? `body: ${name}` : `body?: ${name} | undefined`);
  }
  const isNeeded = (all: readonly string[]) => all.some((part) => /^\w+: /.test(part));
  const shape = (all: readonly string[]) => `{ ${all.join('; ')} }`;
  return {
    requests,
    request: `request${isNeeded(parts) ? '' : '?'}: ${
      parts.length === 0 ? 'RequestOptions' : `RequestOptions & ${shape(parts)}`
    }`,
    inUrl:
      urlParts.length === 0 ? '' : `request${isNeeded(urlParts) ? '' : '?'}: ${shape(urlParts)}`,
  };
}

const objectOf = (parameters: readonly Parameter[]): Schema => ({
  type: 'object',
  properties: Object.fromEntries(
    parameters.map(({ name, schema, description }) => [
      name,
      description === undefined ? schema : { ...schema, description },
    ]),
  ),
  required: parameters.flatMap(({ name, required }) => (required === true ? [name] : [])),
});

/** What a method returns. */
function answerOf(
  writer: TypeWriter,
  schemas: Readonly<Record<string, Schema>>,
  { operationId, responses }: Operation,
) {
  const successes = Object.entries(responses).filter(([status]) => /^[23]/.test(status));
  const types = successes.flatMap(([, { content = {} }]) => Object.keys(content));
  const json = successes.flatMap(([, { content }]) => content?.['application/json']?.schema ?? []);
  const hasStream = types.includes('text/event-stream');
  if (json.length > 0) {
    // Beside a stream, an answer without content is the end of the stream.
    const isNullable = !hasStream && successes.some(([, { content }]) => content === undefined);
    const names = json.map((schema) => writer.typeOf(schema, `${capital(operationId)}Answer`));
    const type = [...new Set(names), ...(isNullable ? ['null'] : [])].join(' | ');
    return { kind: 'json', type, hasStream, isData: true, item: itemOf(writer, schemas, json[0]) };
  }
  const isEmpty = types.length === 0 && successes.every(([status]) => status.startsWith('2'));
  const none = { hasStream, item: null };
  if (isEmpty) return { kind: 'empty', type: 'void', isData: true, ...none };
  return { kind: 'raw', type: 'Response', isData: types.includes('application/x-ndjson'), ...none };
}

/** The type of an entry, where an answer is one page of a listing. */
function itemOf(
  writer: TypeWriter,
  schemas: Readonly<Record<string, Schema>>,
  schema: Schema | undefined,
): string | null {
  const page = schema?.$ref === undefined ? schema : schemas[schema.$ref.split('/').at(-1) ?? ''];
  const { data, nextCursor } = page?.properties ?? {};
  if (data?.items === undefined || nextCursor === undefined) return null;
  return writer.typeOf(data.items, 'Entry');
}

/** The codes of problems that belong to this operation. */
function problemsOf({ responses }: Operation): string {
  const codes = Object.entries(responses)
    .filter(([status]) => /^[45]/.test(status))
    .flatMap(([, { description }]) => description.match(/`\w+`/g) ?? [])
    .filter((code) => !COMMON.test(code.replaceAll('`', '')));
  return codes.length === 0 ? '' : `\n\n@throws CalendarConnectError ${codes.join(', ')}`;
}
