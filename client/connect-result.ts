// What a connection came to: the query with which the browser returned to the page.

/** The result of a connection, as the redirect carries it. */
export interface ConnectResult {
  readonly status: 'success' | 'pending' | 'error';
  readonly provider: string | null;
  readonly accountId: string | null;
  readonly ticket: string | null;
  readonly error: string | null;
}

const NAMES = ['status', 'provider', 'accountId', 'ticket', 'error'] as const;
const STATUSES: readonly (string | null)[] = ['success', 'pending', 'error'];

let result: ConnectResult | null | undefined;

/**
 * The result in the address of the page, for the first element that it concerns. The address loses
 * it, so that a reload does not show it again.
 * @param provider the provider of the element; null where it serves all
 */
export function takeResult(provider: string | null): ConnectResult | null {
  if (result === undefined) result = readResult();
  if (result === null) return null;
  if (provider !== null && result.provider !== null && result.provider !== provider) return null;
  const taken = result;
  result = null;
  const url = new URL(location.href);
  for (const name of NAMES) url.searchParams.delete(name);
  history.replaceState(history.state, '', url);
  return taken;
}

/** Keeps a result that could not be finished yet: the page has not said who its user is. */
export function keepResult(kept: ConnectResult): void {
  result = kept;
}

function readResult(): ConnectResult | null {
  const query = new URLSearchParams(location.search);
  const [status, provider, accountId, ticket, error] = NAMES.map((name) => query.get(name));
  const isResult =
    STATUSES.includes(status ?? null) &&
    ((status === 'success' && accountId) || (status === 'pending' && ticket) || error);
  if (!isResult) return null;
  return { status, provider, accountId, ticket, error } as ConnectResult;
}
