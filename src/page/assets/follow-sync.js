// Follows a sync until it ends: by server-sent events, and by asking now and then where those do not come through.

import { call, Problem, syncAddress } from './api.js';

/** Browsers open few connections to one origin; each stream holds one. */
const MOST_STREAMS = 3;
const ASK_MS = 1_500;
const ASK_LATEST_MS = 30_000;

let streams = 0;

/** @param {import('./api.js').Sync} sync */
export const isUnderWay = ({ state }) => state === 'queued' || state === 'running';

/**
 * @param {string} accountId
 * @param {(sync: import('./api.js').Sync | null) => void} heard on every change, the end included; null when the account is gone
 * @returns {() => void} stops following
 */
export function followSync(accountId, heard) {
  let over = false;
  /** @type {EventSource | null} */
  let stream = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  let wait = ASK_MS;

  const hangUp = () => {
    if (stream === null) return;
    stream.close();
    stream = null;
    streams -= 1;
  };
  const stop = () => {
    over = true;
    clearTimeout(timer);
    hangUp();
  };
  /** @param {import('./api.js').Sync | null} sync */
  const hear = (sync) => {
    if (over) return;
    if (sync === null || !isUnderWay(sync)) stop();
    heard(sync);
  };

  const ask = async () => {
    try {
      hear(await call('GET', `/sync/${accountId}`));
      wait = ASK_MS;
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      if (error.status === 404) hear(null);
      if (error.status === 401) stop();
      wait = Math.max(Math.min(wait * 2, ASK_LATEST_MS), (error.retryAfterSeconds ?? 0) * 1_000);
    }
    if (!over) timer = setTimeout(ask, wait);
  };

  if (streams >= MOST_STREAMS || typeof EventSource === 'undefined') ask();
  else {
    streams += 1;
    stream = new EventSource(syncAddress(accountId));
    stream.addEventListener('sync', ({ data }) => hear(JSON.parse(data)));
    // Ended early, cut off or refused: an EventSource cannot say which, but asking finds out.
    stream.addEventListener('error', () => {
      hangUp();
      if (!over) ask();
    });
  }
  return stop;
}
