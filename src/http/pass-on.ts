// Passes one request of the host's backend on to the provider of an account, and its answer back.

import type { Request, Response } from 'express';
import type { ConnectedAccount } from '../accounts/connected-account.js';
import type { AuditRecord } from '../audit/record-audit.js';
import { asIntegrationError } from '../classify-failure.js';
import { IntegrationError, needsUser, ProviderError } from '../errors.js';
import type { ProviderProxy, ProxyRequest, ProxyResponse } from '../providers/provider-proxy.js';
import { doneByCaller } from './done-by.js';
import { setActingFor } from './request-context.js';
import type { IncomingRequest } from './route.js';
import type { HttpServices } from './services.js';

/** What is sent, but for the token. */
type Sent = Omit<ProxyRequest, 'accessToken'>;

/** The provider refused the token. The second such answer is the host's. */
class TokenRefused extends ProviderError {
  constructor(readonly answer: ProxyResponse) {
    super('reauthorization_required', {
      reason: 'the provider answered 401',
      accessTokenRejected: true,
    });
  }
}

/**
 * Answers with what the provider answers. Anything but GET and HEAD is in the audit trail before
 * anyone has the answer.
 * @param path as it was sent
 * @throws IntegrationError `path_not_allowed`, `rate_limited`, `throttled`,
 * `reauthorization_required`, `account_not_found`, `provider_unavailable`
 */
export async function passOn(
  { request, response, services }: IncomingRequest,
  account: ConnectedAccount,
  path: string,
): Promise<void> {
  const { method } = request;
  const isRead = method === 'GET' || method === 'HEAD';
  setActingFor(response, account.userId);
  await services.spend(isRead ? 'read' : 'write', { request, response });
  const record = isRead ? null : recorder(response, services, account);
  const { proxy } = services.providers.require(account.provider);
  const target = proxy?.resolve(path, rawQueryOf(request)) ?? null;
  if (proxy === null || target === null) {
    await record?.('refused', { method, code: 'path_not_allowed' });
    throw new IntegrationError('path_not_allowed');
  }
  // A write is not given up with its connection: its outcome has to be known here.
  const signal = isRead ? closedSignal(response) : new AbortController().signal;
  const body = isRead ? null : bodyOf(request);
  const sent = { method, target, headers: request.headers, body, signal };
  let answer: ProxyResponse;
  try {
    answer = await ask(services, account, proxy, sent);
  } catch (error) {
    if (signal.aborted) return;
    const { code } = asIntegrationError(error);
    // The failure itself matters more than its entry.
    await record?.(outcomeOf(code), { method, path: target.path, code }).catch(() => {});
    throw error;
  }
  const { status } = answer;
  await record?.(outcomeOfStatus(status), { method, path: target.path, status });
  sendAnswer(response, answer);
}

/** Asks with a live token, which is refreshed once after a 401, at the pace of the account. */
async function ask(
  { accounts, sync: { pace } }: Pick<HttpServices, 'accounts' | 'sync'>,
  { id }: ConnectedAccount,
  proxy: ProviderProxy,
  sent: Sent,
): Promise<ProxyResponse> {
  const once = async (accessToken: string) => {
    const answer = await pace.keep(id, proxy.limits, sent.signal, () =>
      proxy.send({ ...sent, accessToken }),
    );
    if (answer.waitSeconds !== undefined) pace.leaveAlone(id, answer.waitSeconds);
    if (answer.status === 401) throw new TokenRefused(answer);
    return answer;
  };
  try {
    return await accounts.useToken(id, once, 'proxy');
  } catch (error) {
    if (error instanceof ProviderError && error.cause instanceof TokenRefused)
      return error.cause.answer;
    throw error;
  }
}

type Record = (
  outcome: NonNullable<AuditRecord['outcome']>,
  details: NonNullable<AuditRecord['details']>,
) => Promise<void>;

function recorder(
  response: Response,
  { audit }: Pick<HttpServices, 'audit'>,
  { id, userId, provider }: ConnectedAccount,
): Record {
  const by = doneByCaller(response);
  const what = { action: 'proxy.request', by, userId, accountId: id, provider } as const;
  return (outcome, details) => audit.record(null, { ...what, outcome, details });
}

const outcomeOf = (code: IntegrationError['code']) => (needsUser(code) ? 'refused' : 'failed');

function outcomeOfStatus(status: number) {
  if (status < 400) return 'success';
  return status < 500 ? 'refused' : 'failed';
}

function rawQueryOf({ url }: Request): string {
  const at = url.indexOf('?');
  return at === -1 ? '' : url.slice(at + 1);
}

/**
 * The body as it was sent. A host may have parsed it already.
 * @throws IntegrationError `unsupported_media_type` for a parsed body that is not JSON
 */
function bodyOf(request: Request): Buffer | null {
  const body: unknown = request.body;
  if (body === undefined) return null;
  if (Buffer.isBuffer(body)) return body.length === 0 ? null : body;
  if (request.is(['json', '+json']) === false) throw new IntegrationError('unsupported_media_type');
  return hasBody(request) ? Buffer.from(JSON.stringify(body)) : null;
}

const hasBody = (request: Request): boolean =>
  Number(request.get('content-length') ?? 0) > 0 || request.get('transfer-encoding') !== undefined;

/** Aborted when the client has gone before its answer. */
function closedSignal(response: Response): AbortSignal {
  const controller = new AbortController();
  response.once('close', () => {
    if (!response.writableFinished) controller.abort();
  });
  return controller.signal;
}

function sendAnswer(response: Response, { status, headers, bytes }: ProxyResponse): void {
  response.status(status).set(headers);
  // No browser may take what a provider sends for a page of this origin.
  response.set('Content-Security-Policy', "default-src 'none'; sandbox");
  if (bytes.length > 0) response.set('Content-Length', String(bytes.length));
  response.end(bytes);
}
