// Access tiers: a start asks to read, or to write too; the grant says what the account may do.

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { buildAccount, meeting } from '../support/build-account.js';
import { type Deployment, deploy, type Host } from '../support/deployment.js';
import { expectProblem } from './expectations.js';

const HOSTS: readonly Host[] = ['standalone', 'mounted'];
const PROVIDERS = ['google', 'microsoft'] as const;
const SCOPES = {
  google: {
    read: 'https://www.googleapis.com/auth/calendar.readonly',
    write: 'https://www.googleapis.com/auth/calendar',
  },
  microsoft: {
    read: 'https://graph.microsoft.com/Calendars.Read',
    write: 'https://graph.microsoft.com/Calendars.ReadWrite',
  },
} as const;

/** The scopes that a URL of a provider asks for. */
const asked = (url: string) => new URL(url).searchParams.get('scope')?.split(' ') ?? [];

/** A new person at the provider. */
function person(deployment: Deployment, provider: 'google' | 'microsoft', name: string): string {
  const email = `${name}.${provider}@example.com`;
  deployment.sandbox.control.createAccount({ provider, email, name });
  return email;
}

const told = async (deployment: Deployment, accountId: string) =>
  deployment.query(
    `SELECT type, data ->> 'access' AS access FROM notifications
      WHERE account_id = '${accountId}' AND type LIKE 'account.%' ORDER BY entry`,
  );

describe.each(HOSTS)('the access that a start asks for, %s', (host) => {
  let deployment: Deployment;
  beforeAll(async () => {
    deployment = await deploy({ host, sandbox: { contents: 'empty' } });
  });
  afterAll(() => deployment?.stop());

  describe.each(PROVIDERS)('at %s', (provider) => {
    test('names the scopes of the provider, by URL and by navigation', async () => {
      const browser = deployment.browser('ana');
      for (const access of ['read', 'write'] as const) {
        const other = SCOPES[provider][access === 'read' ? 'write' : 'read'];
        const byUrl = await browser.begin(provider, { access });
        const { headers } = await browser
          .get(`/integrations/auth/${provider}`)
          .query({ access })
          .expect(302);
        for (const url of [byUrl, String(headers['location'])]) {
          expect(asked(url)).toContain(SCOPES[provider][access]);
          expect(asked(url)).not.toContain(other);
        }
      }
      expect(asked(await browser.begin(provider))).toContain(SCOPES[provider].write);
    });

    test('another word is refused by name', async () => {
      for (const access of ['', 'Read', 'admin', 'read,write']) {
        const response = await deployment
          .browser('ana')
          .get(`/integrations/oauth-url/${provider}`)
          .query({ access });
        expectProblem(response, 'invalid_request');
        expect(response.body.detail).toContain('access');
      }
    });

    test('an account to read syncs, refreshes with its own scopes, and says so', async () => {
      const email = person(deployment, provider, `reader-${host}`);
      const { control } = deployment.sandbox;
      control.createEvent({ provider, user: email, event: meeting('Planning') });
      const browser = deployment.browser(`reader ${provider}`);
      const end = await browser.connect(provider, { as: email }, { access: 'read' });
      const id = String(end.searchParams.get('accountId'));
      await browser.synced(id);
      const { body } = await browser.get(`/integrations/accounts/${id}`).expect(200);
      expect(body).toMatchObject({ access: 'read', status: 'connected' });
      expect(body.scopes.join(' ')).not.toMatch(/calendar$|readwrite/i);
      await deployment.query(
        `UPDATE connected_accounts SET access_token_expires_at = now() WHERE id = '${id}'`,
      );
      await browser.post(`/integrations/sync/${id}`).expect(202);
      expect(await browser.synced(id)).toMatchObject({ error: null });
      const again = await browser.get(`/integrations/accounts/${id}`).expect(200);
      expect(again.body).toMatchObject({ access: 'read', status: 'connected' });
      const events = await browser.get(`/integrations/accounts/${id}/events`).expect(200);
      expect(events.body.data).toMatchObject([{ title: 'Planning' }]);
    });

    test('reconnecting raises it, and the notifications carry it', async () => {
      const email = person(deployment, provider, `raiser-${host}`);
      const browser = deployment.browser(`raiser ${provider}`);
      const first = await browser.connect(provider, { as: email }, { access: 'read' });
      const accountId = String(first.searchParams.get('accountId'));
      const end = await browser.connect(provider, { as: email }, { accountId, access: 'write' });
      expect(end.searchParams.get('accountId')).toBe(accountId);
      const { body } = await browser.get(`/integrations/accounts/${accountId}`).expect(200);
      expect(body.access).toBe('write');
      await browser.delete(`/integrations/accounts/${accountId}`).expect(200);
      expect(await told(deployment, accountId)).toEqual([
        { type: 'account.connected', access: 'read' },
        { type: 'account.reconnected', access: 'write' },
        { type: 'account.disconnected', access: 'write' },
      ]);
    });

    test('a grant to write covers one to read', async () => {
      const email = person(deployment, provider, `cover-${host}`);
      const browser = deployment.browser(`cover ${provider}`);
      const url = new URL(await browser.begin(provider, { access: 'read' }));
      const scope = url.searchParams.get('scope') ?? '';
      // The provider grants more than is asked for, as to a client with earlier consent.
      url.searchParams.set('scope', scope.replace(SCOPES[provider].read, SCOPES[provider].write));
      const end = await browser.comeBack(await browser.consent(url.href, { as: email }));
      const id = end.searchParams.get('accountId');
      const { body } = await browser.get(`/integrations/accounts/${id}`).expect(200);
      expect(body.access).toBe('write');
    });

    test('a grant to read alone is missing_scopes where writing was asked for', async () => {
      const email = person(deployment, provider, `less-${host}`);
      const browser = deployment.browser(`less ${provider}`);
      const scopes = provider === 'google' ? [SCOPES.google.read] : ['Calendars.Read'];
      const refuse = async (query: Record<string, string>) => {
        const url = await browser.begin(provider, { access: 'write', ...query });
        // The page of the provider lets the user choose; they tick the one to read alone.
        const both = new URL(url);
        const scope = both.searchParams.get('scope') ?? '';
        both.searchParams.set('scope', `${scope} ${SCOPES[provider].read}`);
        const grant = ['openid', 'email', 'User.Read', ...scopes];
        const end = await browser.comeBack(await browser.consent(both.href, { as: email, grant }));
        expect(end.searchParams.get('error')).toBe('missing_scopes');
      };
      await refuse({});
      // An account that is there keeps what it has.
      const first = await browser.connect(provider, { as: email }, { access: 'read' });
      const accountId = String(first.searchParams.get('accountId'));
      await refuse({ accountId });
      const { body } = await browser.get(`/integrations/accounts/${accountId}`).expect(200);
      expect(body).toMatchObject({ access: 'read' });
    });
  });
});

describe('CALENDAR_ACCESS=read', () => {
  const own = 'https://www.googleapis.com/auth/calendar.events.readonly';
  let deployment: Deployment;
  beforeAll(async () => {
    deployment = await deploy({
      sandbox: { contents: 'empty' },
      environment: {
        ROLE: 'web',
        CALENDAR_ACCESS: 'read',
        GOOGLE_READ_SCOPE: `${SCOPES.google.read} ${own}`,
      },
    });
  });
  afterAll(() => deployment?.stop());

  test.each(PROVIDERS)('a start at %s without access asks to read', async (provider) => {
    const { id, browser, path } = await buildAccount(deployment, { provider, synced: false });
    expect((await browser.get(path).expect(200)).body).toMatchObject({ id, access: 'read' });
    expect(asked(await browser.begin(provider))).not.toContain(SCOPES[provider].write);
    expect(asked(await browser.begin(provider, { access: 'write' }))).toContain(
      SCOPES[provider].write,
    );
    const { body } = await browser.get('/integrations/providers').expect(200);
    const listed = body.data.find((one: { id: string }) => one.id === provider);
    expect(listed.scopes).toContain(SCOPES[provider].read);
  });

  test('each scope of GOOGLE_READ_SCOPE is asked for', async () => {
    const url = await deployment.browser('ana').begin('google');
    expect(asked(url)).toEqual(expect.arrayContaining([SCOPES.google.read, own]));
  });
});
