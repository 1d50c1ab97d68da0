// Writes the files that are made of tables in the code: `npm run docs:errors`, `npm run
// docs:settings`, `npm run docs:client`. Run one after a change of its table. test/docs fails where
// they differ.

import { writeFileSync } from 'node:fs';
import { clientOperations } from './client-operations.js';
import { errorsDocument } from './errors-document.js';
import { configurationDocument, envExample, settingOptions } from './settings-document.js';

const write = (path: string, text: string): void => {
  writeFileSync(new URL(`../${path}`, import.meta.url), text);
  console.log(path);
};

switch (process.argv[2]) {
  case 'errors':
    write('docs/errors.md', errorsDocument());
    break;
  case 'settings':
    write('docs/configuration.md', configurationDocument());
    write('.env.example', envExample());
    write('src/setting-options.ts', settingOptions());
    break;
  case 'client':
    write('client/operations.ts', clientOperations());
    break;
  default:
    console.error('usage: npm run docs:errors | npm run docs:settings | npm run docs:client');
    process.exitCode = 2;
}
