/**
 * A user's browser: it keeps cookies, sends the user's JWT, and can go through a provider's
 * consent.
 */
import { get, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import supertest from 'supertest';

type Agent = ReturnType<typeof supertest.agent>;

export interface ConsentChoices {
  /** Email or id of the person who consents. */
  readonly as: string;
  readonly deny?: boolean;
  /** The granted scopes. Default: all. */
  readonly grant?: readonly string[];
}

export class Browser {
  readonly agent: Agent;

  constructor(
    readonly url: string,
    readonly jwt: string | null,
  ) {
    this.agent = supertest.agent(url);
  }

  get(path: string) {
    return this.authorized(this.agent.get(path));
  }

  post(path: string, body?: object) {
    const request = this.authorized(this.agent.post(path));
    return body === undefined ? request : request.send(body);
  }

  patch(path: string, body: object) {
    return this.authorized(this.agent.patch(path)).send(body);
  }

  delete(path: string) {
    return this.authorized(this.agent.delete(path));
  }

  /** Starts an authorization request. @returns the provider's URL */
  async begin(provider: string, query: Record<string, string> = {}): Promise<string> {
    const response = await this.get(`/integrations/oauth-url/${provider}`).query(query).expect(200);
    return response.body.url as string;
  }

  /**
   * Consents or denies at the provider.
   *
   * @returns the callback URL to which the provider redirects
   */
  async consent(authorizationUrl: string, choices: ConsentChoices): Promise<string> {
    const url = new URL(authorizationUrl);
    url.searchParams.set('sim_user', choices.as);
    if (choices.deny) url.searchParams.set('sim_deny', '1');
    if (choices.grant !== undefined) url.searchParams.set('sim_grant', choices.grant.join(','));
    // Not fetch: its limit for headers is smaller than a browser's.
    const response = await new Promise<IncomingMessage>((resolve, reject) =>
      get(url, { maxHeaderSize: 64 * 1024, agent: false }, resolve).once('error', reject),
    );
    const body = await text(response);
    const { location } = response.headers;
    if (location === undefined)
      throw new Error(
        `the provider did not redirect: ${response.statusCode} ${body.slice(0, 300)}`,
      );
    return location;
  }

  /** Opens the callback URL. @returns the frontend's URL to which the callback redirects */
  async comeBack(callbackUrl: string): Promise<URL> {
    const { pathname, search } = new URL(callbackUrl);
    const response = await this.agent
      .get(pathname + search)
      .set('Accept', 'text/html')
      .expect(302);
    return new URL(response.headers['location'] as string);
  }

  /** Starts, consents and opens the callback. @returns the frontend's URL at the end */
  async connect(
    provider: string,
    choices: ConsentChoices,
    query: Record<string, string> = {},
  ): Promise<URL> {
    return this.comeBack(await this.consent(await this.begin(provider, query), choices));
  }

  /** Connects and waits until the first sync has ended. @returns the account's id */
  async connectAndSync(provider: string, choices: ConsentChoices): Promise<string> {
    const end = await this.connect(provider, choices);
    const accountId = end.searchParams.get('accountId');
    if (accountId === null) throw new Error(`not connected: ${end}`);
    await this.synced(accountId);
    return accountId;
  }

  /** Waits until no sync is queued or running. @returns the account's sync */
  async synced(accountId: string): Promise<Record<string, unknown>> {
    for (let tries = 0; tries < 200; tries += 1) {
      const { body } = await this.get(`/integrations/sync/${accountId}`).expect(200);
      if (body.state !== 'queued' && body.state !== 'running') return body;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    throw new Error('the sync did not end within 20 seconds');
  }

  private authorized<Request extends { set(name: string, value: string): Request }>(
    request: Request,
  ): Request {
    return this.jwt === null ? request : request.set('Authorization', `Bearer ${this.jwt}`);
  }
}
