// The floor plan holds: imports go down, libraries are used only where allowed, and nothing is
// circular.

import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { parseSync } from '@swc/core';

const SOURCE = fileURLToPath(new URL('../src/', import.meta.url));

interface SourceFile {
  /** `http/router.ts` */
  readonly path: string;
  readonly room: string;
  readonly text: string;
  /** Own files, as paths below src/, without those that are only types. */
  readonly imports: readonly string[];
  /** Own files, with any kind of import. */
  readonly mentions: readonly string[];
  readonly packages: readonly string[];
}

const IMPORT = /^(?:import|export)\s(?<type>type\s)?(?:[^'"]*?\sfrom\s)?['"](?<from>[^'"]+)['"]/gm;

function read(path: string): SourceFile {
  const text = readFileSync(join(SOURCE, path), 'utf8');
  const found = [...text.matchAll(IMPORT)].map(({ groups }) => ({
    from: groups?.['from'] ?? '',
    isType: groups?.['type'] !== undefined,
  }));
  const own = found
    .filter(({ from }) => from.startsWith('.'))
    .map(({ from, isType }) => ({
      isType,
      path: relative(SOURCE, join(SOURCE, dirname(path), from)).replace(/\.js$/, '.ts'),
    }));
  return {
    path,
    room: path.includes('/') ? (path.split('/')[0] ?? '') : path,
    text,
    imports: own.filter(({ isType }) => !isType).map((one) => one.path),
    mentions: own.map((one) => one.path),
    packages: found.map(({ from }) => from).filter((from) => !from.startsWith('.')),
  };
}

const files = readdirSync(SOURCE, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.ts') && !path.endsWith('.d.ts'))
  .map((path) => read(path.replaceAll('\\', '/')));

const GROUND = [
  'vocabulary.ts',
  'event-model.ts',
  'host-types.ts',
  'notification-types.ts',
  'field.ts',
  'errors.ts',
  'errors',
  'uuid.ts',
  'within.ts',
  'gate.ts',
  'nearest-name.ts',
  'page-cursor.ts',
  'random.ts',
  'database/rows.ts',
  'database/named-statement.ts',
  'database/statement-parts.ts',
  'database/gathered.ts',
  'database/lent-columns.ts',
  'database/listener.ts',
];
/**
 * What each room may import beside itself and the ground. A file that is not listed may import
 * anything.
 */
const BELOW: Record<string, readonly string[]> = {
  'vocabulary.ts': [],
  'event-model.ts': [],
  'notification-types.ts': [],
  'field.ts': [],
  'errors.ts': [],
  errors: [],
  'classify-failure.ts': [],
  redis: [],
  providers: [],
  audit: [],
  accounts: ['providers', 'audit'],
  calendars: ['accounts'],
  database: ['audit', 'accounts', 'calendars', 'sync', 'push', 'notifications'],
  oauth: ['providers', 'audit', 'accounts', 'classify-failure.ts', 'redis'],
  sync: ['providers', 'accounts', 'calendars', 'classify-failure.ts'],
  push: ['providers', 'accounts', 'calendars', 'sync'],
  notifications: ['providers', 'accounts', 'calendars', 'sync'],
  http: [
    'notifications',
    'oauth',
    'sync',
    'push',
    'erase-user.ts',
    'audit',
    'accounts',
    'calendars',
    'providers',
    'classify-failure.ts',
    'redis',
    'account-overview.ts',
    'config.ts',
  ],
  'config.ts': ['providers', 'settings', 'settings.ts', 'environment.ts'],
  'settings.ts': ['providers', 'settings', 'environment.ts'],
  settings: ['providers', 'environment.ts'],
  'setting-options.ts': [],
  import: ['providers'],
  'account-overview.ts': ['accounts', 'sync', 'push', 'stores.ts'],
  'library-settings.ts': [
    'providers',
    'settings',
    'settings.ts',
    'setting-options.ts',
    'environment.ts',
  ],
};

const FENCES: readonly (readonly [RegExp, RegExp])[] = [
  [/^express$/, /^(http\/|service\.ts|standalone\.ts|index\.ts)/],
  [/^passport/, /^(providers\/|http\/jwt\.ts)/],
  [/^typeorm$/, /^(accounts|audit|calendars|database|notifications|push|sync)\//],
  [/^pg$/, /^database\//],
  [/^pg-boss$/, /^sync\/queue\.ts$/],
  [/^redis$/, /^redis\/redis-connection\.ts$/],
  [/^csv-parse$/, /^import\/read-lines\.ts$/],
  [/^undici$/, /^(providers\/http-client|notifications\/webhook-sender)\.ts$/],
];

/** The room that owns each table. Only its files name the table in SQL; the others use a condition that it lends. */
const TABLES: Readonly<Record<string, string>> = {
  connected_accounts: 'accounts',
  authorization_attempts: 'accounts',
  connect_links: 'accounts',
  admin_consent_requests: 'accounts',
  calendars: 'calendars',
  events: 'calendars',
  event_tombstones: 'calendars',
  account_syncs: 'sync',
  sync_successes: 'sync',
  push_channels: 'push',
  notifications: 'notifications',
  notification_sequences: 'notifications',
  notification_feed: 'notifications',
  audit_entries: 'audit',
  webhook_endpoints: 'notifications',
  webhook_deliveries: 'notifications',
  timed_notifications: 'notifications',
};

/** The words of SQL before a table's name. They are written in capitals everywhere. */
const TABLE_IN_SQL = /\b(?:FROM|JOIN|INTO|UPDATE|TABLE|TRUNCATE)\s+(?:ONLY\s+)?"?(?<table>\w+)/g;

describe('the floor plan', () => {
  test.each(files.map((file) => [file.path, file] as const))(
    '%s imports only from below',
    (_path, file) => {
      const allowed = BELOW[file.room];
      if (allowed === undefined) return;
      const outside = file.mentions
        .filter((path) => !GROUND.includes(path))
        .map((path) => (path.includes('/') ? (path.split('/')[0] ?? '') : path))
        .filter((room) => room !== file.room);
      expect(outside.filter((room) => !GROUND.includes(room) && !allowed.includes(room))).toEqual(
        [],
      );
    },
  );

  test('libraries are imported only where they are allowed', () => {
    const strays = files.flatMap(({ path, packages }) =>
      packages.flatMap((name) =>
        FENCES.filter(([library, home]) => library.test(name) && !home.test(path)).map(
          () => `${path} imports ${name}`,
        ),
      ),
    );
    expect(strays).toEqual([]);
  });

  test('no import is circular', () => {
    const byPath = new Map(files.map((file) => [file.path, file]));
    const done = new Set<string>();
    const circles: string[] = [];
    const visit = (path: string, way: readonly string[]): void => {
      if (way.includes(path)) circles.push([...way.slice(way.indexOf(path)), path].join(' > '));
      else if (!done.has(path)) {
        for (const next of byPath.get(path)?.imports ?? []) visit(next, [...way, path]);
        done.add(path);
      }
    };
    for (const { path } of files) visit(path, []);
    expect(circles).toEqual([]);
  });

  test('only the room that owns a table names it in SQL', () => {
    const strays = files
      .filter(({ path }) => !path.startsWith('database/migrations/'))
      .flatMap(({ path, room, text }) =>
        [...text.matchAll(TABLE_IN_SQL)]
          .map(({ groups }) => groups?.['table'] ?? '')
          .filter((table) => Object.hasOwn(TABLES, table) && TABLES[table] !== room)
          .map((table) => `${path} names ${table}, which ${TABLES[table]} owns`),
      );
    expect(strays).toEqual([]);
  });

  test('only the room that owns an entity queries it', () => {
    const entities = new Map(
      files
        .filter(({ text }) => /^@Entity\(/m.test(text))
        .map(({ path, room, text }) => [
          path,
          { room, table: /^@Entity\(\{ name: '(\w+)'/m.exec(text)?.[1] ?? '' },
        ]),
    );
    // The options list every entity for the ORM.
    const strays = files
      .filter(({ path }) => path !== 'database/options.ts')
      .flatMap(({ path, room, imports }) =>
        imports
          .filter((from) => entities.has(from) && entities.get(from)?.room !== room)
          .map((from) => `${path} imports ${from}`),
      );
    expect(strays).toEqual([]);
    const owners = [...entities.values()].map(({ room, table }) => [table, room]);
    expect(owners.sort()).toEqual(Object.entries(TABLES).sort());
  });

  test('only the programs read the environment', () => {
    const readers = files.filter(({ text }) => /process\.env/.test(text)).map(({ path }) => path);
    expect(readers.sort()).toEqual(['import.ts', 'keys.ts', 'main.ts', 'migrate.ts']);
  });

  test('only a provider’s folder and the catalogue name the provider', () => {
    const knowing = files.filter(
      ({ path, text }) =>
        !path.startsWith('providers/') && /['"`](google|microsoft)['"`]/i.test(text),
    );
    expect(knowing.map(({ path }) => path)).toEqual([]);
  });
});

/** Functions and methods of a file with their length in lines, as swc's parser finds them. */
function functionsOf(text: string): { name: string; lines: number }[] {
  const code = text.trimEnd();
  const source = Buffer.from(code);
  const module = parseSync(code, { syntax: 'typescript', decorators: true, target: 'es2023' });
  // swc counts bytes on from what it parsed before.
  const offset = module.span.end - source.length;
  const lineAt = (position: number) =>
    source
      .subarray(0, position - offset)
      .toString()
      .split('\n').length;
  const found: { name: string; lines: number }[] = [];
  const visit = (node: unknown, outer: string): void => {
    if (Array.isArray(node)) for (const one of node) visit(one, outer);
    if (typeof node !== 'object' || node === null || Array.isArray(node)) return;
    const { type, span, identifier, key, id, ...rest } = node as Record<string, unknown> & {
      span?: { start: number; end: number };
    };
    const own = [identifier, key, id].find(
      (one): one is { value: string } => typeof (one as { value?: unknown })?.value === 'string',
    );
    const name = own?.value ?? outer;
    if (span !== undefined && FUNCTIONS.test(String(type)))
      found.push({ name, lines: lineAt(span.end) - lineAt(span.start) + 1 });
    for (const part of Object.values(rest)) visit(part, name);
  };
  visit(module.body, '(anonymous)');
  return found;
}

const FUNCTIONS =
  /^(FunctionDeclaration|FunctionExpression|ArrowFunctionExpression|ClassMethod|PrivateMethod|Constructor|MethodProperty)$/;

test('the client imports only its own files', () => {
  const folder = fileURLToPath(new URL('../client/', import.meta.url));
  const strays = readdirSync(folder)
    .filter((name) => name.endsWith('.ts'))
    .flatMap((name) =>
      [...readFileSync(join(folder, name), 'utf8').matchAll(IMPORT)]
        .map(({ groups }) => groups?.['from'] ?? '')
        .filter((from) => !/^\.\/[a-z-]+\.js$/.test(from))
        .map((from) => `${name} imports ${from}`),
    );
  expect(strays).toEqual([]);
});

describe('the size of things', () => {
  test('no file of src is longer than 250 lines', () => {
    // The options are written by a command, a few lines for each setting.
    const written = 'setting-options.ts';
    const long = files.filter(
      ({ path, text }) => path !== written && text.split('\n').length > 251,
    );
    expect(long.map(({ path }) => path)).toEqual([]);
  });

  test('no function of src is longer than 60 lines', () => {
    const long = files.flatMap(({ path, text }) =>
      functionsOf(text)
        .filter(({ lines }) => lines > 60)
        .map(({ name, lines }) => `${path}: ${name} has ${lines} lines`),
    );
    expect(long).toEqual([]);
  });

  test('the check finds the functions of a file', () => {
    const text =
      '// Ä\nexport const a = () => {\n\n};\nclass B {\n  c() {\n    return 1;\n  }\n}\n';
    expect(functionsOf(text)).toEqual([
      { name: 'a', lines: 3 },
      { name: 'c', lines: 3 },
    ]);
  });

  test('no type is forced by `as never`', () => {
    expect(files.filter(({ text }) => /\bas never\b/.test(text)).map(({ path }) => path)).toEqual(
      [],
    );
  });
});
