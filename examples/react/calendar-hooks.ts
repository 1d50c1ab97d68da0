// React hooks on the typed client. Copy them, and change them as you like.

import type {
  Account,
  CalendarConnectError,
  Client,
  Event,
  Notification,
} from 'calendar-connect/client';
import { useCallback, useEffect, useRef, useState } from 'react';

/** What a hook has read: a value, or why there is none. */
export interface Read<Value> {
  value: Value | null;
  error: CalendarConnectError | null;
  /** Reads it again. */
  reload: () => void;
}

/** Reads a value now, and again when `key` changes or `reload` is called. */
function useRead<Value>(read: (signal: AbortSignal) => Promise<Value>, key: string): Read<Value> {
  const [state, setState] = useState<Omit<Read<Value>, 'reload'>>({ value: null, error: null });
  const [turn, setTurn] = useState(0);
  const latest = useRef(read);
  latest.current = read;
  // biome-ignore lint/correctness/useExhaustiveDependencies: these say when to read again
  useEffect(() => {
    const stop = new AbortController();
    latest.current(stop.signal).then(
      (value) => setState({ value, error: null }),
      (error) => stop.signal.aborted || setState((old) => ({ ...old, error })),
    );
    return () => stop.abort();
  }, [key, turn]);
  return { ...state, reload: useCallback(() => setTurn((count) => count + 1), []) };
}

/** The user's accounts. They follow what happens: connections, syncs, disconnections. */
export function useAccounts(client: Client): Read<Account[]> {
  const accounts = useRead(
    async (signal) => (await client.listAccounts({ signal })).data,
    client.baseUrl,
  );
  useChanges(client, accounts.reload);
  return accounts;
}

/** The next events of an account. */
export const useEvents = (client: Client, accountId: string, from: string): Read<Event[]> =>
  useRead(
    async (signal) =>
      (await client.listEvents({ path: { accountId }, query: { from, limit: 10 }, signal })).data,
    `${accountId} ${from}`,
  );

/** Calls `onChange` for each notification, for as long as the component is shown. */
export function useChanges(client: Client, onChange: (notification: Notification) => void): void {
  const latest = useRef(onChange);
  latest.current = onChange;
  useEffect(() => {
    const stop = new AbortController();
    const follow = async () => {
      for await (const { data } of client.streams.listChanges({ signal: stop.signal }))
        latest.current(data);
    };
    follow().catch((error) => stop.signal.aborted || console.error(error));
    return () => stop.abort();
  }, [client]);
}
