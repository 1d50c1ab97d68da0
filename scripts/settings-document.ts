// What is made of the table of settings: docs/configuration.md, .env.example,
// src/setting-options.ts.

import type { Setting, SettingGroup } from '../src/settings/setting.js';
import { ALL_SETTINGS, SETTING_GROUPS } from '../src/settings.js';
import { plain, tableOf, wrap } from './markdown.js';

const TESTS: SettingGroup = {
  title: 'Tests',
  note: 'Only `npm test` reads these.',
  settings: {
    testDatabaseUrl: {
      ...ALL_SETTINGS['databaseUrl']!,
      variable: 'TEST_DATABASE_URL',
      meaning:
        'PostgreSQL whose role may create databases. Unset: the tests start an embedded one.',
      example: 'postgres://postgres@127.0.0.1:5432/postgres',
    },
    testRedisUrl: {
      ...ALL_SETTINGS['redisUrl']!,
      variable: 'TEST_REDIS_URL',
      meaning:
        'Redis. The tests prefix their keys and remove them. Unset: the tests start a `redis-server` of this machine. Without one they skip those suites and name them. With `CI=true` the run then fails.',
      example: 'redis://127.0.0.1:6379',
    },
  },
};

const GROUPS = [...SETTING_GROUPS, TESTS];

/** The meaning, and how to make a value. */
function meaningOf({ meaning, make, example }: Setting): string {
  if (example !== undefined) return `${meaning} Example: \`${example}\`.`;
  if (make === undefined || make.startsWith('see ')) return meaning;
  return `${meaning} Make one: \`${make}\`.`;
}

const CONFIGURATION = `# Configuration

<!-- Written by \`npm run docs:settings\` from src/settings. Edit the table there. -->

Every setting is a variable of the environment. The library takes the same settings as an object: \`databaseUrl\` for
\`DATABASE_URL\`, and so on. An empty value counts as unset. [\`.env.example\`](../.env.example) is the same list, to copy
from. A set variable whose name is close to one of these is reported at the start.

**Local mode** means that \`NODE_ENV\` is not \`production\`. A part that is not configured is embedded. A file named
\`.env\` in the working directory is read. Variables of the process win over the file.

In **production** nothing is embedded and no file is read.

A missing or malformed setting stops the start. The message lists all problems, each with the name of the variable and
how to make a value.

${requiredSettings()}
`;

function requiredSettings(): string {
  const required = Object.values(ALL_SETTINGS).filter((setting) => setting.required !== undefined);
  const names = required.map(({ variable }) => `\`${variable}\``).join(', ');
  const sentence = `\`npm start\` needs these in production: ${names}, \`JWT_SECRET\` or \`JWT_JWKS_URL\`, and the client of at least one provider.`;
  return wrap(sentence, 118).join('\n');
}

/** The whole text of docs/configuration.md. */
export function configurationDocument(): string {
  const sections = GROUPS.map(({ title, note, settings }) => {
    const rows = Object.values(settings).map((setting) => [
      `\`${setting.variable}\``,
      setting.fallback === undefined ? '' : `\`${setting.fallback}\``,
      meaningOf(setting),
    ]);
    const table = tableOf(['variable', 'default', 'meaning'], rows);
    return `\n## ${title}\n\n${note === undefined ? '' : `${wrap(note, 118).join('\n')}\n\n`}${table}`;
  });
  return CONFIGURATION + sections.join('');
}

const ENV_EXAMPLE = `# Every variable of calendar-connect, commented out, with its default.
# Written by \`npm run docs:settings\`. The same list as a table: docs/configuration.md
# Local mode reads a file named .env in the working directory. Variables of the process win over it. Production reads
# no file. An empty value counts as unset.
`;

/** The whole text of .env.example. */
export function envExample(): string {
  const comment = (markdown: string) =>
    wrap(plain(markdown), 118)
      .map((line) => `# ${line}\n`)
      .join('');
  const sections = GROUPS.map(({ title, note, settings }) => {
    const entries = Object.values(settings).map(
      (setting) =>
        `\n${comment(meaningOf(setting))}#${setting.variable}=${setting.fallback ?? ''}\n`,
    );
    const heading = `# ---- ${title} `.padEnd(78, '-');
    return `\n${heading}\n${note === undefined ? '' : comment(note)}${entries.join('')}`;
  });
  return ENV_EXAMPLE + sections.join('');
}

const OPTIONS = `// The library's options, one for each setting. \`npm run docs:settings\` writes this file.

/** Every setting. Null and undefined count as unset. */
export interface SettingOptions {
`;

function optionOf(name: string, setting: Setting): string {
  const { fallback, option } = setting;
  const end = fallback === undefined ? '' : ` Default: ${fallback}.`;
  const lines = wrap(plain(meaningOf(setting)) + end, 93);
  const comment =
    lines.length === 1
      ? `  /** ${lines[0]} */\n`
      : `  /**\n${lines.map((line) => `   * ${line}\n`).join('')}   */\n`;
  const types = [...option.split(' | '), 'null', 'undefined'];
  const type =
    types.length <= 6 ? ` ${types.join(' | ')}` : types.map((one) => `\n    | ${one}`).join('');
  return `${comment}  readonly ${name}?:${type};\n`;
}

/**
 * The whole text of src/setting-options.ts: typed options with their meaning, for the host's
 * editor.
 */
export function settingOptions(): string {
  const options = Object.entries(ALL_SETTINGS).map(([name, setting]) => optionOf(name, setting));
  return `${OPTIONS}${options.join('')}}\n`;
}
