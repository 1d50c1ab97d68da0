// The API's document as a page without scripts, with the style sheet of this service.

import type { openApiDocument } from './openapi.js';

type ApiDocument = ReturnType<typeof openApiDocument>;
type PathItem = NonNullable<ApiDocument['paths']>[string];
type Operation = NonNullable<PathItem['get']>;
type Parameter = NonNullable<Operation['parameters']>[number];

const METHODS = ['post', 'get', 'patch', 'delete'] as const;

const escapeHtml = (text = ''): string =>
  text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);

const list = (title: string, items: readonly string[]): string =>
  items.length === 0 ? '' : `<h3>${title}</h3><ul>${items.join('')}</ul>`;

/** The page of a document: each operation with its parameters and answers. */
export function apiPage({ info, paths = {} }: ApiDocument): string {
  const title = escapeHtml(info.title);
  const operations = Object.entries(paths).flatMap(([path, item]) =>
    METHODS.flatMap((method) => {
      const operation = item[method];
      return operation === undefined ? [] : [operationSection(method, path, operation)];
    }),
  );
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${title} API</title>
<link rel="icon" href="/integrations/page/icon.svg">
<link rel="stylesheet" href="/integrations/page/style.css">
</head>
<body>
<main>
<h1>${title} ${escapeHtml(info.version)}</h1>
<p>${escapeHtml(info.description)}</p>
<p>The whole document: <a href="/openapi.json">/openapi.json</a></p>
${operations.join('\n')}
</main>
</body>
</html>`;
}

function operationSection(method: string, path: string, operation: Operation): string {
  const { summary, description, parameters = [], responses = {} } = operation;
  const answers = Object.entries(responses).map(
    ([status, answer]) =>
      `<li><code>${escapeHtml(status)}</code> ${escapeHtml(answer.description)}</li>`,
  );
  return `<section>
<h2><code>${method.toUpperCase()} ${escapeHtml(path)}</code></h2>
<p>${escapeHtml(summary)}. ${escapeHtml(description)}</p>
${list('Parameters', parameters.map(parameterItem))}
${list('Answers', answers)}
</section>`;
}

function parameterItem(parameter: Parameter): string {
  if (!('name' in parameter)) return '';
  const required = parameter.required ? ', required' : '';
  return `<li><code>${escapeHtml(parameter.name)}</code> in ${escapeHtml(parameter.in)}${required}
${escapeHtml(parameter.description)}</li>`;
}
