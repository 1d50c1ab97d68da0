// A frontend on another origin than the service: accounts and their next events, kept up to date.

import { type Account, createClient } from 'calendar-connect/client';
import { StrictMode, useState } from 'react';
import { createRoot } from 'react-dom/client';
import { useAccounts, useEvents } from './calendar-hooks';

const api = document.documentElement.dataset['api'] ?? '';

/** The JWT of your product. Here it is the one of local mode's demo user. */
let jwt: Promise<string> | null = null;
async function signIn(): Promise<string> {
  const response = await fetch(`${api}/demo-sign-in`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"as":"user"}',
  });
  return (await response.json()).token;
}

const client = createClient({
  baseUrl: api,
  credentials: 'include',
  token: () => {
    jwt ??= signIn();
    return jwt;
  },
});

function App() {
  const { value: accounts, error, reload } = useAccounts(client);
  const connect = async (provider: string) => {
    const { url } = await client.getAuthorizationUrl({
      path: { provider },
      query: { returnTo: '/' },
    });
    location.href = url;
  };
  return (
    <main>
      <h1>Calendars</h1>
      {error !== null && (
        <p role="alert">
          {error.message}{' '}
          <button type="button" onClick={reload}>
            Try again
          </button>
        </p>
      )}
      {accounts?.map((account) => (
        <Calendar key={account.id} account={account} onGone={reload} />
      ))}
      <button type="button" onClick={() => connect('google')}>
        Connect Google
      </button>{' '}
      <button type="button" onClick={() => connect('microsoft')}>
        Connect Microsoft
      </button>
    </main>
  );
}

function Calendar({ account, onGone }: { account: Account; onGone: () => void }) {
  const [from] = useState(() => new Date().toISOString());
  // Read again after each sync.
  const { value: events } = useEvents(
    client,
    account.id,
    account.lastSyncedAt === null ? '' : from,
  );
  const disconnect = async () => {
    await client.disconnectAccount({ path: { accountId: account.id } });
    onGone();
  };
  return (
    <section aria-label={account.email ?? account.provider}>
      <h2>{account.email ?? account.provider}</h2>
      <p>{account.status === 'connected' ? `Sync: ${account.sync.state}` : 'Reconnect needed'}</p>
      <ul>
        {events?.map((event) => (
          <li key={event.id}>{event.title ?? 'Busy'}</li>
        ))}
      </ul>
      <button type="button" onClick={disconnect}>
        Disconnect
      </button>
    </section>
  );
}

const root = document.getElementById('root');
if (root !== null)
  createRoot(root).render(
    <StrictMode>
      <App />
    </StrictMode>,
  );
