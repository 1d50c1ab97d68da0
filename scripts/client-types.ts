// TypeScript types made of the schemas of the OpenAPI document, for the generated client.

import { wrap } from './markdown.js';

/** A JSON schema, as far as the document uses it. */
export interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly allOf?: readonly Schema[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly additionalProperties?: boolean | Schema;
  readonly 'x-extensible-enum'?: readonly string[];
}

const WIDTH = 98;

/** A doc comment, indented. Empty without text. */
export function comment(text: string | undefined, indent = ''): string {
  if (text === undefined || text === '') return '';
  const lines = text
    .split('\n')
    .flatMap((line) => (line === '' ? [''] : wrap(line, WIDTH - indent.length - 3)));
  if (lines.length === 1 && indent.length + (lines[0]?.length ?? 0) <= WIDTH - 7)
    return `${indent}/** ${lines[0]} */\n`;
  const body = lines.map((line) => `${indent} *${line === '' ? '' : ` ${line}`}\n`).join('');
  return `${indent}/**\n${body}${indent} */\n`;
}

const capital = (name: string): string => name.charAt(0).toUpperCase() + name.slice(1);
const isName = (name: string): boolean => /^[A-Za-z_$][\w$]*$/.test(name);
export const keyOf = (name: string): string => (isName(name) ? name : `'${name}'`);

/**
 * Writes types. Values that may get more later become types of their own, named after the first
 * field that has them: `AccountStatus`, `SyncState`.
 */
export class TypeWriter {
  /** The names of open lists of values, by the values. */
  private readonly open = new Map<string, { name: string; values: readonly string[] }>();

  /** The type of a schema. @param name what a type of its own would be called */
  typeOf(schema: Schema, name: string, indent = ''): string {
    if (schema.$ref !== undefined) return schema.$ref.split('/').at(-1) ?? 'unknown';
    if (schema.const !== undefined) return literal(schema.const);
    const openValues = schema['x-extensible-enum'];
    if (openValues !== undefined) return this.openType(openValues, name);
    if (schema.enum !== undefined) return schema.enum.map(literal).join(' | ');
    const parts = schema.anyOf ?? schema.oneOf;
    if (parts !== undefined) return this.union(parts, name, indent);
    if (schema.allOf !== undefined)
      return schema.allOf.map((part) => this.typeOf(part, name, indent)).join(' & ');
    const types = typeof schema.type === 'string' ? [schema.type] : (schema.type ?? ['unknown']);
    return types.map((type) => this.plainType(type, schema, name, indent)).join(' | ');
  }

  /** An interface with the fields of an object, or an alias for anything else. */
  declaration(name: string, schema: Schema, description = schema.description): string {
    const head = comment(description);
    if (schema.type === 'object' && schema.properties !== undefined)
      return `${head}export interface ${name} ${this.fields(schema, name, '')}\n`;
    return `${head}export type ${name} = ${this.typeOf(schema, name)};\n`;
  }

  /** The types that `typeOf` gave names to. */
  openTypes(): string {
    return [...this.open.values()]
      .map(({ name, values }) => {
        const lines = values.map((value) => `  | ${literal(value)}\n`).join('');
        return `${comment('The values known today. More may come.')}export type ${name} =\n${lines}  | (string & Record<never, never>);\n`;
      })
      .join('\n');
  }

  private union(parts: readonly Schema[], name: string, indent: string): string {
    const types = parts.map((part) => this.typeOf(part, name, indent));
    return [...new Set(types)].join(' | ');
  }

  private plainType(type: string, schema: Schema, name: string, indent: string): string {
    switch (type) {
      case 'integer':
        return 'number';
      case 'array': {
        const item = this.typeOf(schema.items ?? {}, name.replace(/s$/, ''), indent);
        return /[ {]/.test(item) ? `(${item})[]` : `${item}[]`;
      }
      case 'object':
        return this.fields(schema, name, indent);
      default:
        return type;
    }
  }

  private fields(schema: Schema, name: string, indent: string): string {
    const { properties, required = [], additionalProperties } = schema;
    const isLoose = additionalProperties !== undefined && additionalProperties !== false;
    if (properties === undefined) return 'Record<string, unknown>';
    const inner = `${indent}  `;
    const lines = Object.entries(properties).map(([key, property]) => {
      const type = this.typeOf(property, name + capital(key), inner);
      const end = required.includes(key) ? `: ${type}` : `?: ${type} | undefined`;
      return `${comment(property.description, inner)}${inner}${keyOf(key)}${end};\n`;
    });
    if (isLoose) lines.push(`${inner}[name: string]: unknown;\n`);
    return `{\n${lines.join('')}${indent}}`;
  }

  private openType(values: readonly string[], name: string): string {
    const key = values.join();
    const known = this.open.get(key);
    if (known !== undefined) return known.name;
    const isTaken = [...this.open.values()].some((one) => one.name === name);
    const own = isTaken ? `${name}${this.open.size}` : name;
    this.open.set(key, { name: own, values });
    return own;
  }
}

const literal = (value: unknown): string =>
  typeof value === 'string' ? `'${value.replaceAll("'", "\\'")}'` : JSON.stringify(value);
