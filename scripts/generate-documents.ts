// Writes the documents that are made of tables in the code: `npm run docs:errors`, `npm run docs:settings`.
// Run one after a change of its table. test/docs fails where they differ.

import { writeFileSync } from 'node:fs';
import { errorsDocument } from './errors-document.js';

const write = (path: string, text: string): void => {
  writeFileSync(new URL(`../${path}`, import.meta.url), text);
  console.log(path);
};

switch (process.argv[2]) {
  case 'errors':
    write('docs/errors.md', errorsDocument());
    break;
  default:
    console.error('usage: npm run docs:errors');
    process.exitCode = 2;
}
