// Listings over all their pages.

import type { Page, Pages } from './shapes.js';

type Entry<P extends Page> = P['data'][number];

/** @param read reads one page. @param first where to begin; undefined: at the first page */
export function pagesOf<P extends Page>(
  read: (cursor: string | undefined) => Promise<P>,
  first: string | undefined,
): Pages<P> {
  async function* byPage(): AsyncGenerator<P, void> {
    let cursor = first;
    for (;;) {
      const page = await read(cursor);
      yield page;
      const { nextCursor, hasMore } = page;
      if (nextCursor === null || hasMore === false || nextCursor === cursor) return;
      cursor = nextCursor;
    }
  }
  async function* entries(): AsyncGenerator<Entry<P>, void> {
    for await (const page of byPage()) for (const entry of page.data) yield entry as Entry<P>;
  }
  return { byPage, [Symbol.asyncIterator]: entries };
}

/** The objects of a response of one JSON object per line, such as that of `exportUser`. */
export async function* jsonLines(
  response: Response,
): AsyncGenerator<Record<string, unknown>, void> {
  for await (const line of linesOf(response)) if (line !== '') yield JSON.parse(line);
}

/** The lines of a response as they arrive, without their ends. */
export async function* linesOf({ body }: Response): AsyncGenerator<string, void> {
  if (body === null) return;
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let rest = '';
  try {
    for (;;) {
      const { done, value } = await reader.read();
      rest += done ? decoder.decode() : decoder.decode(value, { stream: true });
      const lines = rest.split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) yield line.replace(/\r$/, '');
      if (done) break;
    }
    if (rest !== '') yield rest;
  } finally {
    // The reader may stop early.
    await reader.cancel().catch(() => {});
  }
}
