/** Faults: which requests they meet, and what they do to the answer. */
import type { ProviderName } from '../world/state.js';
import type { Exchange, Route } from './exchange.js';
import type { Reply } from './reply.js';

/** Which requests a fault meets. Everything given must hold. */
export interface FaultMatch {
  provider?: ProviderName;
  /** A route's name; `*` stands for any text: `google.events.*`, `*.token`. */
  route?: string;
  method?: string;
  /** Email or id of the account. */
  user?: string;
  /** Text the decoded path must contain, such as a calendar's id. */
  path?: string;
  /** A query parameter that must be there, such as `syncToken`. */
  query?: string;
  /** Let so many matching requests pass first: 1 meets the first one. */
  nth?: number;
  /** How many requests it meets before it is spent (1). */
  times?: number | 'always';
}

/** What a fault does. Without `afterHandling`, an answer of its own means the request was never handled. */
export interface FaultEffect {
  status?: number;
  /** Text as it is, anything else as JSON: `null` is the body `null`. */
  body?: unknown;
  headers?: Record<string, string>;
  delayMs?: number;
  /** Never answer. */
  hang?: boolean;
  /** Send the body in ten pieces, so long apart. */
  dripMs?: number;
  /** Reset the connection: before any answer, or half way through the body. */
  drop?: boolean | 'mid-body';
  /** Send half of the body as if it were whole. */
  truncate?: boolean;
  /** A gateway's HTML page, 502 unless `status` says otherwise. */
  html?: boolean;
  /** A JSON body of at least so many bytes. */
  hugeBytes?: number;
  /** A redirect to this place. */
  redirectTo?: string;
  /** Let the provider do its work, then spoil the answer. */
  afterHandling?: boolean;
}

/** A fault in force. */
export interface Fault extends FaultMatch, FaultEffect {
  id: string;
  name: string;
  /** Overrides `status` and `body` where they depend on the request. */
  reply?: (exchange: Exchange) => Reply;
  seen: number;
  met: number;
}

/** The faults in force, oldest first; the first that matches wins. */
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

  /** Ends all faults, or one. */
  clear(id?: string): void {
    this.#faults = id === undefined ? [] : this.#faults.filter((fault) => fault.id !== id);
  }

  /** The fault this request meets, which counts as one of its times. */
  meet(exchange: Exchange, route: Route): Fault | undefined {
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

/** True when the fault answers by itself. */
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

/** The fault's own answer. */
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
