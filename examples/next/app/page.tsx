// The page: the user's next events, read on the server, and the accounts, shown in the browser.

import { service, serviceUrl } from '../lib/service';
import { currentUser, signIn, signOut } from '../lib/session';
import { Accounts } from './accounts';

export default async function Page() {
  const user = await currentUser();
  if (user === null)
    return (
      <form action={signIn}>
        <h1>Calendars</h1>
        <label>
          Name <input name="user" defaultValue="ana" />
        </label>{' '}
        <button type="submit">Sign in</button>
      </form>
    );
  return (
    <>
      <h1>Calendars</h1>
      <form action={signOut}>
        Signed in as {user} <button type="submit">Sign out</button>
      </form>
      <Accounts baseUrl={serviceUrl()} />
      <h2>Upcoming</h2>
      <Upcoming user={user} />
    </>
  );
}

async function Upcoming({ user }: { user: string }) {
  const client = service();
  const from = new Date().toISOString();
  const { data: accounts } = await client.listAccounts({ query: { userId: user } });
  const lists = await Promise.all(
    accounts.map(({ id }) =>
      client.listEvents({ path: { accountId: id }, query: { from, limit: 5 } }),
    ),
  );
  const events = lists.flatMap(({ data }) => data);
  if (events.length === 0) return <p>Nothing is coming up.</p>;
  return (
    <ul>
      {events.map(({ id, title }) => (
        <li key={id}>{title ?? 'Busy'}</li>
      ))}
    </ul>
  );
}
