/** POST /$batch: up to 20 requests in one, each with its own response (JSON batching). */
import { type Exchange, objectOf, type Route } from '../wire/exchange.js';
import { json, type Reply } from '../wire/reply.js';
import { RouteTable } from '../wire/route-table.js';
import { graphError } from './graph-error.js';

interface Part {
  id: string;
  method: string;
  url: string;
  headers?: Record<string, string>;
  body?: unknown;
  dependsOn?: string[];
}

/** The route for batches of requests to the given routes. */
export function batchRoute(routes: readonly Route[]): Route {
  const table = new RouteTable(routes);
  return {
    name: 'microsoft.batch',
    provider: 'microsoft',
    group: 'api',
    method: 'POST',
    path: '/microsoft/graph/v1.0/$batch',
    answer: async (exchange) => {
      const parts = (objectOf(exchange)?.['requests'] ?? []) as Part[];
      if (parts.length === 0 || parts.length > 20) {
        return graphError(
          exchange.world,
          400,
          'BadRequest',
          'The number of batch request steps must be between 1 and 20.',
        );
      }
      const statuses = new Map<string, number>();
      const responses = [];
      for (const part of parts) {
        const failed = part.dependsOn?.some((id) => (statuses.get(id) ?? 500) >= 400);
        const reply = failed
          ? graphError(
              exchange.world,
              424,
              'FailedDependency',
              'A request this one depends on failed.',
            )
          : await answerPart(table, exchange, part);
        statuses.set(part.id, reply.status);
        responses.push({
          id: part.id,
          status: reply.status,
          headers: reply.headers,
          body: reply.body ? JSON.parse(reply.body) : null,
        });
      }
      return json(200, { responses });
    },
  };
}

async function answerPart(table: RouteTable, exchange: Exchange, part: Part): Promise<Reply> {
  const url = new URL(`/microsoft/graph/v1.0${part.url}`, exchange.url);
  const found = table.find(part.method, url.pathname);
  if (!found) return graphError(exchange.world, 400, 'BadRequest', 'Resource not found.');
  const headers = { authorization: exchange.headers['authorization'] ?? '' };
  for (const [name, value] of Object.entries(part.headers ?? {}))
    Object.assign(headers, { [name.toLowerCase()]: value });
  const rawBody = part.body === undefined ? '' : JSON.stringify(part.body);
  return found.route.answer({
    ...exchange,
    method: part.method,
    url,
    query: url.searchParams,
    headers,
    rawBody,
    params: found.params,
  });
}
