// `npm run migration:new -- NAME` makes the file of a migration, and src/database/migrations.ts,
// which lists all of them. Without a name it writes only the list. test/docs fails where the list
// differs from the folder.

import { readdirSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const DATABASE = new URL('../src/database/', import.meta.url);
const FOLDER = new URL('migrations/', DATABASE);

/** `1764300000000-account-syncs.ts`: a time in milliseconds, and what the migration changes. */
const FILE = /^(?<time>\d{13})-(?<name>[a-z0-9]+(?:-[a-z0-9]+)*)\.ts$/;

const LINE_WIDTH = 100;

interface Migration {
  readonly time: number;
  readonly name: string;
}

/** The migrations of a folder, in the order in which they run. */
function migrationsIn(folder: URL): Migration[] {
  return readdirSync(folder)
    .map((file) => FILE.exec(file)?.groups)
    .filter((groups) => groups !== undefined)
    .map(({ time, name }) => ({ time: Number(time), name: name ?? '' }))
    .sort((one, other) => one.time - other.time);
}

function classOf({ time, name }: Migration): string {
  const words = name.split('-').map((word) => word.charAt(0).toUpperCase() + word.slice(1));
  return words.join('') + time;
}

/** Broken as the formatter breaks it. */
function importOf(migration: Migration): string {
  const name = classOf(migration);
  const from = `from './migrations/${migration.time}-${migration.name}.js';`;
  const line = `import { ${name} } ${from}`;
  return line.length <= LINE_WIDTH ? line : `import {\n  ${name},\n} ${from}`;
}

/** The whole text of src/database/migrations.ts. */
export function migrationList(folder = FOLDER): string {
  const migrations = migrationsIn(folder);
  const lines = (line: (migration: Migration) => string) => migrations.map(line).join('\n');
  return `// The migrations that every start runs. Written by \`npm run migration:new\` from the files of
// migrations/.

${lines(importOf)}

/** In the order in which they run. */
export const MIGRATIONS = [
${lines((one) => `  ${classOf(one)},`)}
];
`;
}

function newMigration(migration: Migration): string {
  return `// What it changes, and why.

import type { MigrationInterface, QueryRunner } from 'typeorm';

export class ${classOf(migration)} implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(\`\`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(\`\`);
  }
}
`;
}

/** Writes the file of a new migration, later than every other. */
function write(name: string): void {
  const last = migrationsIn(FOLDER).at(-1)?.time ?? 0;
  const migration = { time: Math.max(Date.now(), last + 1), name };
  const file = `${migration.time}-${name}.ts`;
  if (!FILE.test(file)) throw new Error(`not a name such as event-color: ${name}`);
  writeFileSync(new URL(file, FOLDER), newMigration(migration));
  console.log(`src/database/migrations/${file}`);
}

if (process.argv[1] && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const name = process.argv[2];
  if (name !== undefined) write(name);
  writeFileSync(new URL('migrations.ts', DATABASE), migrationList());
  console.log('src/database/migrations.ts');
}
