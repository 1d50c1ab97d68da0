// docs/errors.md, made of the table of errors.

import type { ErrorEntry } from '../src/errors/error-entry.js';
import { ERROR_GROUPS, ERRORS } from '../src/errors.js';
import { tableOf } from './markdown.js';

const introduction = `# Error codes

<!-- Written by \`npm run docs:errors\` from src/errors. Edit the table there. -->

A code is the stable name of a failure. It can appear in three places:

- **problem**: the \`code\` of an \`application/problem+json\` response (RFC 9457), with the HTTP status below.
- **redirect**: the \`error\` of the redirect to the frontend,
  \`…/integrations?status=error&provider=google&error={code}\`.
- **sync**: the \`sync.error.code\` of an account or of a calendar, together with \`retryable\`.

A problem looks like this:

\`\`\`json
{
  "type": "/integrations/docs/errors#invalid_state",
  "title": "${ERRORS.invalid_state.title}",
  "status": ${ERRORS.invalid_state.status},
  "detail": "${ERRORS.invalid_state.detail}",
  "code": "invalid_state",
  "requestId": "bab44d3b-ede6-4c15-b2ba-661aed66eb43"
}
\`\`\`

\`requestId\` is also the \`X-Request-Id\` header. Use it to find the line in the log, whose \`reason\` says more.
A problem or a redirect never repeats text from a provider. A \`Retry-After\` header says how long to wait before the
next try. \`type\` is the path of a page with cause and cure: \`/integrations/docs/errors\`, or below the path at which
the service is mounted. The page gives JSON to clients that ask for it.

The callback responds with a redirect. A client whose \`Accept\` names JSON and not HTML gets the problem instead. A
redirect carries only the codes marked "redirect" below. Any other failure appears there as \`server_error\`.

\`retryable: true\` in \`sync.error\` means that the service tries again automatically. \`false\` means that someone
has to act. The service still tries from time to time, unless the account's \`status\` is
\`reauthorization_required\`.
`;

function appearances({ appearsIn, retryable = false }: ErrorEntry): string {
  if (appearsIn.length === 0) return 'not shown';
  return appearsIn
    .map((place) => (place === 'sync' && retryable ? 'sync (retryable)' : place))
    .join(', ');
}

function section(title: string, entries: Readonly<Record<string, ErrorEntry>>): string {
  const rows = Object.entries(entries).map(([code, entry]) => [
    `\`${code}\``,
    String(entry.status),
    appearances(entry),
    entry.cause,
    entry.cure,
  ]);
  return `\n## ${title}\n\n${tableOf(['code', 'status', 'appears in', 'cause', 'cure'], rows)}`;
}

/** The whole text of docs/errors.md. */
export function errorsDocument(): string {
  const sections = Object.entries(ERROR_GROUPS).map(([title, entries]) => section(title, entries));
  return introduction + sections.join('');
}
