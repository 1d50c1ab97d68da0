// Follows a sync until it ends: by server-sent events, or by polling where these do not work.

import { client, Problem, syncAddress } from './api.js';

/** A browser opens few connections to one origin, and each stream uses one. */
const MAX_STREAMS = 3;
const POLL_MS = 1_500;
const MAX_POLL_MS = 30_000;

let streams = 0;

/** Whether a sync is waiting to start or running. @param {import('./api.js').Sync} sync */
export const isUnderWay = ({ state }) => state === 'queued' || state === 'running';

/**
 * Follows the sync of an account.
 * @param {string} accountId
 * @param {(sync: import('./api.js').Sync | null) => void} onChange called on every change and at
 *   the end; with null if the account no longer exists
 * @returns {() => void} stops following
 */
export function followSync(accountId, onChange) {
  let stopped = false;
  /** @type {EventSource | null} */
  let stream = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  let wait = POLL_MS;

  const closeStream = () => {
    if (stream === null) return;
    stream.close();
    stream = null;
    streams -= 1;
  };
  const stop = () => {
    stopped = true;
    clearTimeout(timer);
    closeStream();
  };
  /** @param {import('./api.js').Sync | null} sync */
  const receive = (sync) => {
    if (stopped) return;
    if (sync === null || !isUnderWay(sync)) stop();
    onChange(sync);
  };

  const poll = async () => {
    try {
      receive(await client.getSync({ path: { accountId } }));
      wait = POLL_MS;
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      if (error.status === 404) receive(null);
      if (error.status === 401) stop();
      wait = Math.max(Math.min(wait * 2, MAX_POLL_MS), (error.retryAfter ?? 0) * 1_000);
    }
    if (!stopped) timer = setTimeout(poll, wait);
  };

  if (streams >= MAX_STREAMS || typeof EventSource === 'undefined') poll();
  else {
    streams += 1;
    stream = new EventSource(syncAddress(accountId));
    stream.addEventListener('sync', ({ data }) => receive(JSON.parse(data)));
    // An EventSource does not say why it failed. Polling finds out.
    stream.addEventListener('error', () => {
      closeStream();
      if (!stopped) poll();
    });
  }
  return stop;
}
