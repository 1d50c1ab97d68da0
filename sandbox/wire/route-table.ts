/** Finds the route for a method and a path. */
import type { Route } from './exchange.js';

/** A route and its decoded path parameters. */
export interface Found {
  route: Route;
  params: Record<string, string>;
}

/** A table of routes. A path matches if all its segments match. */
export class RouteTable {
  readonly #routes: { route: Route; segments: string[] }[];

  constructor(routes: readonly Route[]) {
    this.#routes = routes.map((route) => ({ route, segments: route.path.split('/') }));
  }

  find(method: string, path: string): Found | undefined {
    const parts = path.replace(/\/$/, '').split('/');
    for (const { route, segments } of this.#routes) {
      if (route.method !== method || segments.length !== parts.length) continue;
      const params = matchSegments(segments, parts);
      if (params) return { route, params };
    }
    return undefined;
  }
}

function matchSegments(segments: string[], parts: string[]): Record<string, string> | undefined {
  const params: Record<string, string> = {};
  for (const [index, segment] of segments.entries()) {
    const part = parts[index] ?? '';
    try {
      if (segment.startsWith(':')) params[segment.slice(1)] = decodeURIComponent(part);
      else if (segment !== decodeURIComponent(part)) return undefined;
    } catch {
      return undefined;
    }
  }
  return params;
}
