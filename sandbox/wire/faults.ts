/** Faults: the requests they apply to, and what they do to the response. */
import type { ProviderName } from '../world/state.js';
import type { Exchange, Route } from './exchange.js';
import type { Reply } from './reply.js';

/** The requests that a fault applies to. All given conditions must be true. */
export interface FaultMatch {
  provider?: ProviderName;
  /** The name of a route. `*` matches any text: `google.events.*`, `*.token`. */
  route?: string;
  method?: string;
  /** The email address or id of the account. */
  user?: string;
  /** A text in the decoded path, such as a calendar's id. */
  path?: string;
  /** The name of a query parameter, such as `syncToken`. */
  query?: string;
  /** Apply from the nth matching request on. Default: 1, the first one. */
  nth?: number;
  /** How many requests it applies to. Default: 1. */
  times?: number | 'always';
}

/** What a fault does. With its own response, the request is not handled unless `afterHandling`. */
export interface FaultEffect {
  status?: number;
  /** A text is sent as it is, any other value as JSON: `null` is the body `null`. */
  body?: unknown;
  headers?: Record<string, string>;
  delayMs?: number;
  /** Never respond. */
  hang?: boolean;
  /** Send the body in ten pieces, with this pause between them. */
  dripMs?: number;
  /** Reset the connection: before the response, or in the middle of the body. */
  drop?: boolean | 'mid-body';
  /** Send half of the body as if it were complete. */
  truncate?: boolean;
  /** Begin the body with a byte order mark. */
  byteOrderMark?: boolean;
  /** Send the HTML page of a gateway. Default status: 502. */
  html?: boolean;
  /** Send a JSON body of at least this many bytes. */
  hugeBytes?: number;
  /** Redirect to this URL. */
  redirectTo?: string;
  /** Handle the request as usual, then apply the fault to the response. */
  afterHandling?: boolean;
}

/** An active fault. */
export interface Fault extends FaultMatch, FaultEffect {
  id: string;
  name: string;
  /** Makes the response instead of `status` and `body`, if it depends on the request. */
  reply?: (exchange: Exchange) => Reply;
  /** How many requests matched. */
  seen: number;
  /** How many requests it was applied to. */
  met: number;
}

/** The active faults, oldest first. The first one that matches is applied. */
export class FaultList {
  #faults: Fault[] = [];
  #count = 0;

  add(fault: FaultMatch & FaultEffect & { name?: string; reply?: Fault['reply'] }): Fault {
    this.#count += 1;
    const added: Fault = {
      ...fault,
      name: fault.name ?? 'custom',
      id: `fault-${this.#count}`,
      seen: 0,
      met: 0,
    };
    this.#faults.push(added);
    return added;
  }

  list(): readonly Fault[] {
    return this.#faults;
  }

  /** Removes all faults, or the one with this id. */
  clear(id?: string): void {
    this.#faults = id === undefined ? [] : this.#faults.filter((fault) => fault.id !== id);
  }

  /** Finds the fault for a request and counts it as applied. */
  take(exchange: Exchange, route: Route): Fault | undefined {
    for (const fault of this.#faults) {
      if (
        !matches(fault, exchange, route) ||
        (fault.times !== 'always' && fault.met >= (fault.times ?? 1))
      )
        continue;
      fault.seen += 1;
      if (fault.seen < (fault.nth ?? 1)) continue;
      fault.met += 1;
      return fault;
    }
    return undefined;
  }
}

function matches(fault: Fault, exchange: Exchange, route: Route): boolean {
  const { account } = exchange;
  if (fault.provider && fault.provider !== route.provider) return false;
  if (fault.method && fault.method.toUpperCase() !== exchange.method) return false;
  if (fault.route && !glob(fault.route).test(route.name)) return false;
  if (fault.query && !exchange.query.has(fault.query)) return false;
  if (
    fault.path &&
    !exchange.url.pathname.includes(encodeURI(fault.path)) &&
    !decoded(exchange).includes(fault.path)
  ) {
    return false;
  }
  if (!fault.user) return true;
  return account !== undefined && [account.email, account.id].includes(fault.user.toLowerCase());
}

const decoded = (exchange: Exchange) => exchange.url.pathname.split('/').map(safeDecode).join('/');

function safeDecode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function glob(pattern: string): RegExp {
  const escaped = pattern.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*');
  return new RegExp(`^${escaped}$`);
}

/** Whether the fault has its own response. */
export function hasOwnReply(fault: Fault): boolean {
  return Boolean(
    fault.reply ||
      fault.status ||
      fault.body !== undefined ||
      fault.html ||
      fault.hugeBytes ||
      fault.redirectTo,
  );
}

/** The fault's own response. */
export function ownReply(fault: Fault, exchange: Exchange): Reply {
  if (fault.reply) {
    const reply = fault.reply(exchange);
    return { ...reply, headers: { ...reply.headers, ...fault.headers } };
  }
  const json = { 'content-type': 'application/json; charset=UTF-8' };
  if (fault.redirectTo)
    return {
      status: fault.status ?? 302,
      headers: { location: fault.redirectTo, ...fault.headers },
      body: '',
    };
  if (fault.html) {
    const body =
      '<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body><center><h1>502 Bad Gateway</h1></center></body>\r\n</html>\r\n';
    return {
      status: fault.status ?? 502,
      headers: { 'content-type': 'text/html', ...fault.headers },
      body,
    };
  }
  if (fault.hugeBytes) {
    const body = `{"padding":"${'x'.repeat(fault.hugeBytes)}"}`;
    return { status: fault.status ?? 200, headers: { ...json, ...fault.headers }, body };
  }
  const body =
    typeof fault.body === 'string'
      ? fault.body
      : fault.body === undefined
        ? ''
        : JSON.stringify(fault.body);
  return { status: fault.status ?? 200, headers: { ...json, ...fault.headers }, body };
}
