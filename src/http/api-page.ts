// The API's document as a page without scripts.

import { escapeHtml, htmlPage, markdownLine } from './html.js';
import type { openApiDocument } from './openapi.js';

type ApiDocument = ReturnType<typeof openApiDocument>;
type PathItem = NonNullable<ApiDocument['paths']>[string];
type Operation = NonNullable<PathItem['get']>;
type Parameter = NonNullable<Operation['parameters']>[number];

const METHODS = ['post', 'get', 'patch', 'delete'] as const;

const list = (title: string, items: readonly string[]): string =>
  items.length === 0 ? '' : `<h3>${title}</h3><ul>${items.join('')}</ul>`;

/**
 * The page of a document: each operation with its parameters and answers. Its links are relative to
 * `/docs`, because a host mounts it anywhere.
 */
export function apiPage({ info, paths = {} }: ApiDocument): string {
  const operations = Object.entries(paths).flatMap(([path, item]) =>
    METHODS.flatMap((method) => {
      const operation = item[method];
      return operation === undefined ? [] : [operationSection(method, path, operation)];
    }),
  );
  return htmlPage(
    `${info.title} API`,
    'docs/style.css',
    `<h1>${escapeHtml(info.title)} ${escapeHtml(info.version)}</h1>
<p>${markdownLine(info.description)}</p>
<p>The whole document: <a href="openapi.json">openapi.json</a>.
All error codes: <a href="docs/errors">docs/errors</a>.</p>
${operations.join('\n')}`,
  );
}

function operationSection(method: string, path: string, operation: Operation): string {
  const { summary, description, parameters = [], responses = {} } = operation;
  const answers = Object.entries(responses).map(
    ([status, answer]) =>
      `<li><code>${escapeHtml(status)}</code> ${markdownLine(answer.description)}</li>`,
  );
  return `<section>
<h2><code>${method.toUpperCase()} ${escapeHtml(path)}</code></h2>
<p>${escapeHtml(summary)}. ${markdownLine(description)}</p>
${list('Parameters', parameters.map(parameterItem))}
${list('Answers', answers)}
</section>`;
}

function parameterItem(parameter: Parameter): string {
  if (!('name' in parameter)) return '';
  const required = parameter.required ? ', required' : '';
  return `<li><code>${escapeHtml(parameter.name)}</code> in ${escapeHtml(parameter.in)}${required}
${markdownLine(parameter.description)}</li>`;
}
