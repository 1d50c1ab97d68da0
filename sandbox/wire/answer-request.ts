/** Answers one request: finds its account, route and fault, and sends the response. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { findCode, usableAccessToken } from '../oauth/token-store.js';
import type { Account } from '../world/state.js';
import type { World } from '../world/world.js';
import { type Exchange, formOf } from './exchange.js';
import { type FaultList, hasOwnReply, ownReply } from './faults.js';
import { json, type Reply } from './reply.js';
import type { ReceivedRequest, RequestLog } from './request-log.js';
import type { Found, RouteTable } from './route-table.js';
import { sendReply } from './send-reply.js';

const MAX_BODY_BYTES = 32 * 1024 * 1024;

/** The parts of a sandbox that answer requests. */
export interface Wire {
  world: World;
  routes: RouteTable;
  faults: FaultList;
  requests: RequestLog;
  /** Answers `/__sim/...`. */
  control: (exchange: Exchange) => Reply | Promise<Reply>;
  /** Checks the limits, such as quotas, before the handler. */
  limits: (exchange: Exchange, found: Found) => Reply | undefined;
  log: (line: string) => void;
}

/** Answers one request of the HTTP server. Never rejects. */
export async function answerRequest(
  wire: Wire,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  try {
    const exchange = await read(wire.world, request);
    if (exchange.url.pathname.startsWith('/__sim'))
      return await sendReply(response, await wire.control(exchange));
    await answerProvider(wire, exchange, response);
  } catch (error) {
    wire.log(`sandbox: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    if (!response.headersSent)
      await sendReply(response, json(500, { error: { code: 500, message: 'Internal Error' } }));
    else response.destroy();
  }
}

async function read(world: World, request: IncomingMessage): Promise<Exchange> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BODY_BYTES)
      throw new Error(`The request body is larger than ${MAX_BODY_BYTES} bytes`);
    chunks.push(chunk);
  }
  const url = new URL(request.url ?? '/', world.urls.url || 'http://localhost');
  const headers = Object.fromEntries(
    Object.entries(request.headers).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.join(', ') : (value ?? ''),
    ]),
  );
  return {
    world,
    method: request.method ?? 'GET',
    url,
    query: url.searchParams,
    headers,
    rawBody: Buffer.concat(chunks).toString('utf8'),
    params: {},
    inFlight: 1,
  };
}

async function answerProvider(
  wire: Wire,
  exchange: Exchange,
  response: ServerResponse,
): Promise<void> {
  const { world } = wire;
  const path = exchange.url.pathname;
  identify(exchange);
  const found = wire.routes.find(exchange.method, withoutUser(exchange, path));
  const received = record(wire, exchange, found);
  if (!found) {
    const reply = notFound(path);
    received.status = reply.status;
    return sendReply(response, reply);
  }
  exchange.params = found.params;
  const { route } = found;
  const key = `${route.provider}:${exchange.account?.id ?? 'unknown'}:${route.group}`;
  exchange.inFlight = wire.requests.enter(key);
  try {
    const closed = new Promise<void>((resolve) => response.once('close', () => resolve()));
    const fault = wire.faults.take(exchange, route);
    if (fault) received.fault = fault.name;
    const refused = wire.limits(exchange, found);
    const latency = route.group === 'page' ? 0 : world.state.settings[route.provider].latencyMs;
    const delay = latency + (fault?.delayMs ?? 0);
    if (delay > 0) await Promise.race([pause(delay, undefined, { ref: false }), closed]);
    const replaces =
      fault !== undefined && (hasOwnReply(fault) || fault.hang || fault.drop === true);
    let reply: Reply | undefined;
    if (!replaces || fault.afterHandling) reply = refused ?? (await route.answer(exchange));
    if (fault && hasOwnReply(fault)) reply = ownReply(fault, exchange);
    const answer = reply ?? json(200, {});
    received.status = fault?.hang || fault?.drop === true ? 0 : answer.status;
    await sendReply(response, answer, fault);
  } finally {
    wire.requests.leave(key);
  }
}

function identify(exchange: Exchange): void {
  const { world } = exchange;
  const provider = exchange.url.pathname.startsWith('/microsoft/') ? 'microsoft' : 'google';
  const token = usableAccessToken(world, provider, exchange.headers['authorization']);
  if (token) {
    exchange.accessToken = token;
    exchange.account = world.account(provider, token.accountId);
    return;
  }
  const text = /^Bearer\s+(\S+)$/i.exec(exchange.headers['authorization'] ?? '')?.[1];
  const expired = text === undefined ? undefined : world.state.accessTokens[text];
  const form = exchange.method === 'POST' ? formOf(exchange) : new URLSearchParams();
  const known =
    expired ??
    world.state.refreshTokens[form.get('refresh_token') ?? form.get('token') ?? ''] ??
    findCode(world, provider, form.get('code'));
  if (known && known.provider === provider)
    exchange.account = world.account(provider, known.accountId);
}

/** Graph treats /users/{id} of the caller like /me. */
function withoutUser(exchange: Exchange, path: string): string {
  const match = /^(\/microsoft\/graph\/v1\.0)\/users\/([^/]+)(.*)$/.exec(path);
  if (!match || !exchange.account) return path;
  const user = decodeURIComponent(match[2] ?? '').toLowerCase();
  const account: Account = exchange.account;
  const self = [account.id, account.objectId, account.email.toLowerCase()].includes(user);
  return self ? `${match[1]}/me${match[3]}` : path;
}

function record(wire: Wire, exchange: Exchange, found: Found | undefined): ReceivedRequest {
  const path = exchange.url.pathname;
  const received: ReceivedRequest = {
    at: wire.world.now().toISOString(),
    provider: found?.route.provider ?? null,
    route: found?.route.name ?? null,
    method: exchange.method,
    path,
    query: Object.fromEntries(exchange.query),
    headers: exchange.headers,
    body: exchange.rawBody.slice(0, 20_000),
    user: exchange.account?.email ?? null,
    status: null,
    fault: null,
  };
  wire.requests.add(received);
  return received;
}

function notFound(path: string): Reply {
  if (!path.startsWith('/microsoft/graph/')) {
    return {
      status: 404,
      headers: { 'content-type': 'text/html; charset=UTF-8' },
      body: '<!DOCTYPE html><title>Error 404 (Not Found)!!1</title>',
    };
  }
  const segment = path.split('/').at(-1) ?? '';
  return json(400, {
    error: { code: 'BadRequest', message: `Resource not found for the segment '${segment}'.` },
  });
}
