// Sends one webhook and says what became of it (Standard Webhooks 1.0.0).

import { Webhook } from 'standardwebhooks';
import { Agent, request } from 'undici';
import type { ShownNotification } from '../host-types.js';
import { retryAfterSeconds } from '../providers/retry-after.js';
import { AddressNotAllowed, lookupPublic, namesPrivateAddress } from './address-guard.js';

/** Why an attempt failed. */
export type AttemptError =
  | 'address_not_allowed'
  | 'name_not_resolved'
  | 'connection_failed'
  | 'certificate_invalid'
  | 'timeout'
  | 'redirected'
  | 'refused'
  | 'function_failed';

/** What became of one attempt. */
export interface Attempt {
  /** Null without a response. */
  readonly status: number | null;
  /** Null for a success. */
  readonly error: AttemptError | null;
  readonly retryAfterSeconds: number | null;
}

export interface WebhookToSend {
  readonly url: string;
  /** Each signs. */
  readonly secrets: readonly string[];
  readonly notification: ShownNotification;
}

export interface WebhookSender {
  /** Sends once. Never throws. */
  send(webhook: WebhookToSend): Promise<Attempt>;
  close(): Promise<void>;
}

export interface WebhookSenderSettings {
  /** Whether private and loopback addresses are allowed. */
  readonly allowPrivate: boolean;
  readonly userAgent: string;
  /** Default: 15 seconds. */
  readonly timeoutMs?: number;
}

const TIMEOUT_MS = 15_000;
const CONNECT_TIMEOUT_MS = 5_000;
/** Of a response. It is read so that the connection can be used again. */
const MOST_BODY_BYTES = 16_384;
const BODY_TIMEOUT_MS = 1_000;
/** Seconds. */
const LONGEST_RETRY_AFTER = 86_400;

/** A sender with its own connections. */
export function createWebhookSender(settings: WebhookSenderSettings): WebhookSender {
  const { allowPrivate, userAgent, timeoutMs = TIMEOUT_MS } = settings;
  const agent = new Agent({
    connect: {
      timeout: Math.min(CONNECT_TIMEOUT_MS, timeoutMs),
      ...(allowPrivate ? {} : { lookup: lookupPublic }),
    },
    maxHeaderSize: MOST_BODY_BYTES,
    allowH2: false,
    headersTimeout: 0,
    bodyTimeout: 0,
  });

  async function send({ url, secrets, notification }: WebhookToSend): Promise<Attempt> {
    if (!allowPrivate && namesPrivateAddress(new URL(url))) return failed('address_not_allowed');
    const body = JSON.stringify(notification);
    const signal = AbortSignal.timeout(timeoutMs);
    try {
      const response = await request(url, {
        dispatcher: agent,
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'user-agent': userAgent,
          ...signedHeaders(secrets, notification.id, body, new Date()),
        },
        body,
        signal,
      });
      const bodySignal = AbortSignal.timeout(BODY_TIMEOUT_MS);
      // What the body says, and whether it ends, changes nothing.
      await response.body.dump({ limit: MOST_BODY_BYTES, signal: bodySignal }).catch(() => {});
      const header = String(response.headers['retry-after'] ?? '');
      const retryAfter = retryAfterSeconds(header, Date.now(), LONGEST_RETRY_AFTER);
      return attemptOf(response.statusCode, retryAfter ?? null);
    } catch (error) {
      return failed(signal.aborted ? 'timeout' : errorOf(error));
    }
  }

  return { send, close: () => agent.destroy() };
}

/** The headers of a webhook. @param at the time of the attempt */
export function signedHeaders(
  secrets: readonly string[],
  id: string,
  body: string,
  at: Date,
): Record<string, string> {
  return {
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(at.getTime() / 1_000)),
    'webhook-signature': secrets.map((secret) => new Webhook(secret).sign(id, at, body)).join(' '),
  };
}

function failed(error: AttemptError): Attempt {
  return { status: null, error, retryAfterSeconds: null };
}

function attemptOf(status: number, retryAfter: number | null): Attempt {
  if (status >= 200 && status < 300) return { status, error: null, retryAfterSeconds: null };
  const isRedirect = status >= 300 && status < 400;
  return { status, error: isRedirect ? 'redirected' : 'refused', retryAfterSeconds: retryAfter };
}

function errorOf(error: unknown): AttemptError {
  if (error instanceof AddressNotAllowed) return 'address_not_allowed';
  const { code = '', cause } = error as { code?: string; cause?: unknown };
  if (cause instanceof AddressNotAllowed) return 'address_not_allowed';
  if (code === 'UND_ERR_CONNECT_TIMEOUT') return 'timeout';
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return 'name_not_resolved';
  if (/CERT|SELF_SIGNED|UNABLE_TO|ERR_TLS|ERR_SSL/.test(code)) return 'certificate_invalid';
  return 'connection_failed';
}
