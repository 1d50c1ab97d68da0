// The API's document as a page without scripts, with the style sheet of this service.

interface ApiDocument {
  readonly info: {
    readonly title: string;
    readonly version: string;
    readonly description?: string;
  };
  readonly paths?: unknown;
}

interface Operation {
  readonly summary?: string;
  readonly description?: string;
  readonly parameters?: readonly {
    readonly name?: string;
    readonly in?: string;
    readonly required?: boolean;
    readonly description?: string;
  }[];
  readonly responses?: Readonly<Record<string, { readonly description?: string }>>;
}

const escapeHtml = (text: string): string =>
  text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);

/** The page of a document: each operation with its parameters and answers. */
export function apiPage(document: ApiDocument): string {
  const operations = Object.entries(
    (document.paths ?? {}) as Record<string, Record<string, Operation>>,
  ).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) =>
      section(method.toUpperCase(), path, operation),
    ),
  );
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${escapeHtml(document.info.title)} API</title><link rel="icon" href="/integrations/page/icon.svg"><link rel="stylesheet" href="/integrations/page/style.css"></head>
<body><main><h1>${escapeHtml(document.info.title)} ${escapeHtml(document.info.version)}</h1><p>${escapeHtml(document.info.description ?? '')}</p>
<p>The whole document: <a href="/openapi.json">/openapi.json</a></p>${operations.join('')}</main></body></html>`;
}

function section(
  method: string,
  path: string,
  { summary = '', description = '', parameters = [], responses = {} }: Operation,
): string {
  const inputs = parameters.map(
    (parameter) =>
      `<li><code>${escapeHtml(parameter.name ?? '')}</code> in ${escapeHtml(parameter.in ?? '')}${parameter.required ? ', required' : ''} ${escapeHtml(parameter.description ?? '')}</li>`,
  );
  const answers = Object.entries(responses).map(
    ([status, answer]) =>
      `<li><code>${escapeHtml(status)}</code> ${escapeHtml(answer.description ?? '')}</li>`,
  );
  return `<section><h2><code>${method} ${escapeHtml(path)}</code></h2><p>${escapeHtml(summary)}. ${escapeHtml(description)}</p>
${inputs.length > 0 ? `<h3>Parameters</h3><ul>${inputs.join('')}</ul>` : ''}<h3>Answers</h3><ul>${answers.join('')}</ul></section>`;
}
