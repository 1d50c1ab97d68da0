/** Sends a response, changed by a fault if one applies. */
import type { ServerResponse } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import type { FaultEffect } from './faults.js';
import type { Reply } from './reply.js';

/** Sends a reply. Resolves when it is sent or the connection is closed. */
export async function sendReply(
  response: ServerResponse,
  reply: Reply,
  effect: FaultEffect = {},
): Promise<void> {
  const closed = new Promise<void>((resolve) => response.once('close', () => resolve()));
  if (response.destroyed || response.socket?.destroyed) return;
  if (effect.hang) return closed;
  if (effect.drop === true) {
    response.socket?.resetAndDestroy();
    return closed;
  }
  let body = Buffer.from(reply.body);
  if (effect.truncate) body = body.subarray(0, Math.floor(body.length / 2));
  if (effect.byteOrderMark) body = Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), body]);
  const headers: Record<string, string | number> = { ...reply.headers };
  if (reply.status !== 204 && reply.status !== 304) headers['content-length'] = body.length;
  response.writeHead(reply.status, headers);
  if (effect.drop === 'mid-body') {
    response.write(body.subarray(0, Math.floor(body.length / 2)), () =>
      response.socket?.resetAndDestroy(),
    );
    return closed;
  }
  if (effect.dripMs) {
    const size = Math.max(1, Math.ceil(body.length / 10));
    for (let at = 0; at < body.length && !response.destroyed; at += size) {
      response.write(body.subarray(at, at + size));
      await Promise.race([pause(effect.dripMs, undefined, { ref: false }), closed]);
    }
    response.end();
    return closed;
  }
  response.end(body);
  return closed;
}
