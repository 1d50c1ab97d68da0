// Where providers notify: no caller, and nothing believed that a channel's secret does not prove.

import express, { type RequestHandler } from 'express';
import { IntegrationError } from '../errors.js';
import type { Providers } from '../providers/providers.js';
import type { Push } from '../push/push.js';
import { queryOf } from './request-context.js';

export interface NoticeServices {
  readonly providers: Providers;
  readonly notices: Pick<Push, 'receive'>;
}

const BODY_LIMIT_BYTES = 262_144;

export function noticeRoutes({ providers, notices: receiver }: NoticeServices) {
  /** Providers are not bound to say what they send. */
  const body = express.raw({ limit: BODY_LIMIT_BYTES, inflate: false, type: () => true });

  const receive: RequestHandler = async (request, response) => {
    const { id, push } = providers.require(String(request.params['provider']));
    // A provider without push sends no notices.
    if (push === null) throw new IntegrationError('not_found');
    const echo = push.handshake(queryOf(request));
    if (echo !== null) {
      response
        .status(200)
        .set({ 'Content-Type': 'text/plain; charset=utf-8', 'X-Content-Type-Options': 'nosniff' });
      response.end(echo);
      return;
    }
    const notices = push.read(request.headers, jsonOf(request.body));
    if (notices.length === 0)
      throw new IntegrationError('invalid_request', { detail: 'This is no notification.' });
    await receiver.receive(id, notices);
    // The same for all: a wrong secret is not worth a second try, and nobody learns which channels there are.
    response.status(202).end();
  };

  return { body, receive };
}

/** A host may have parsed the body before us. What is no JSON is undefined. */
function jsonOf(body: unknown): unknown {
  if (!Buffer.isBuffer(body)) return body;
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return undefined;
  }
}
