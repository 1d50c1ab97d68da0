// Starting a sync and watching it.

import type { Request, RequestHandler, Response } from 'express';
import type { Logger } from 'pino';
import type { AccountStore } from '../accounts/account-store.js';
import type { ConnectedAccount } from '../accounts/connected-account.js';
import { IntegrationError } from '../errors.js';
import type { Syncs } from '../sync/syncs.js';
import type { Caller } from '../vocabulary.js';
import { visibleAccount } from './accounts.js';
import { auditAdminRead } from './log-admin-read.js';
import { presentSync } from './present.js';
import { callerOf } from './request-context.js';
import { SyncBody } from './schemas.js';
import { idParameter, parseBody } from './validate.js';

export interface SyncingServices {
  readonly accounts: AccountStore;
  readonly syncs: Syncs;
  readonly publicUrl: string;
  readonly logger: Logger;
}

const WATCH_INTERVAL_MS = 500;
const LONGEST_WATCH_MS = 15 * 60_000;

export function syncingRoutes({ accounts, syncs, publicUrl, logger }: SyncingServices) {
  const request: RequestHandler = async (request, response) => {
    const account = await visibleAccount(
      accounts,
      idParameter(request, 'accountId'),
      callerOf(response),
    );
    auditAdminRead(logger, response, account);
    const { full } = parseBody(request, SyncBody);
    if (account.status !== 'connected') throw new IntegrationError('reauthorization_required');
    const { syncId, state } = await syncs.request(account.id, { trigger: 'manual', full });
    response.status(202).json({
      syncId,
      accountId: account.id,
      state,
      statusUrl: `${publicUrl}/integrations/sync/${account.id}`,
    });
  };

  const status: RequestHandler = async (request, response) => {
    const caller = callerOf(response);
    const account = await visibleAccount(accounts, idParameter(request, 'accountId'), caller);
    auditAdminRead(logger, response, account);
    if (request.accepts(['application/json', 'text/event-stream']) === 'text/event-stream')
      await stream(request, response, account, caller);
    else response.json(presentSync(await syncOf(account.id)));
  };

  const syncOf = async (accountId: string) => (await syncs.statesOf([accountId])).get(accountId);

  /** Server-sent events: one on every change, until the run ends or the client leaves. */
  async function stream(
    request: Request,
    response: Response,
    first: ConnectedAccount,
    caller: Caller,
  ): Promise<void> {
    response
      .status(200)
      .set({ 'Content-Type': 'text/event-stream', 'X-Accel-Buffering': 'no' })
      .flushHeaders();
    const until = Date.now() + LONGEST_WATCH_MS;
    let account: ConnectedAccount | null = first;
    let sent = '';
    while (
      account !== null &&
      !request.destroyed &&
      !response.destroyed &&
      !response.writableEnded
    ) {
      const sync = await syncOf(account.id);
      const data = JSON.stringify(presentSync(sync));
      response.write(data === sent ? ': still here\n\n' : `event: sync\ndata: ${data}\n\n`);
      sent = data;
      if ((sync?.state !== 'queued' && sync?.state !== 'running') || Date.now() > until) break;
      await new Promise((resolve) => setTimeout(resolve, WATCH_INTERVAL_MS));
      account = await accounts.find(account.id, caller.admin ? null : caller.userId);
    }
    response.end();
  }

  return { request, status };
}
