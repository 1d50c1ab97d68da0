/** A deployment that receives notices, with queries of its channels. */
import pg from 'pg';
import type { Browser } from '../support/browser.js';
import { type Deployment, type DeploymentOptions, deploy } from '../support/deployment.js';

export const PEOPLE = { google: 'ana@example.com', microsoft: 'ana@northwind.example' } as const;
export type ProviderName = keyof typeof PEOPLE;

export interface ChannelRow {
  readonly id: string;
  readonly calendar_id: string | null;
  readonly resource_id: string | null;
  readonly state: string;
  readonly expires_at: Date;
  readonly renew_at: Date;
  readonly failures: number;
  readonly error_code: string | null;
}

export class PushDeployment {
  private constructor(
    readonly deployment: Deployment,
    private readonly client: pg.Client,
  ) {}

  static async start(options: DeploymentOptions = {}): Promise<PushDeployment> {
    const deployment = await deploy({
      push: true,
      ...options,
      service: { choresEverySeconds: 1, ...options.service },
    });
    const client = new pg.Client({
      connectionString: deployment.database.url,
      options: '-c search_path=integrations',
    });
    client.on('error', () => {});
    await client.connect();
    return new PushDeployment(deployment, client);
  }

  async stop(): Promise<void> {
    await this.client.end();
    await this.deployment.stop();
  }

  get control() {
    return this.deployment.sandbox.control;
  }

  async query<Row extends pg.QueryResultRow>(text: string, values: unknown[] = []): Promise<Row[]> {
    return (await this.client.query<Row>(text, values)).rows;
  }

  channels(accountId: string): Promise<ChannelRow[]> {
    return this.query(`SELECT * FROM push_channels WHERE account_id = $1 ORDER BY id`, [accountId]);
  }

  /** The ids of the account's ended runs. */
  runs(accountId: string): string[] {
    return this.deployment.log
      .filter((line) => line['msg'] === 'sync ended' && line['accountId'] === accountId)
      .map((line) => String(line['syncId']));
  }

  /** Connects and waits until every selected calendar has its channel and was synced once more. */
  async connect(browser: Browser, provider: ProviderName): Promise<string> {
    const accountId = await browser.connectAndSync(provider, { as: PEOPLE[provider] });
    await until(async () => (await this.push(browser, accountId)).state === 'active');
    await until(
      async () => (await browser.get(`/integrations/sync/${accountId}`)).body.trigger === 'push',
    );
    await this.quiet(browser, accountId);
    return accountId;
  }

  async push(
    browser: Browser,
    accountId: string,
  ): Promise<{ state: string; expiresAt: string | null }> {
    return (await browser.get(`/integrations/accounts/${accountId}`).expect(200)).body.push;
  }

  /** Waits until the account has no queued sync. */
  async quiet(browser: Browser, accountId: string): Promise<void> {
    await until(async () => (await this.waiting(accountId)).length === 0);
    await browser.synced(accountId);
  }

  /** The times at which notices will cause a sync of the account. */
  async waiting(accountId: string): Promise<Date[]> {
    const rows = await this.query<{ start_after: Date }>(
      `SELECT start_after FROM integrations_jobs.job
        WHERE name = 'notified-account' AND state < 'completed' AND data->>'accountId' = $1`,
      [accountId],
    );
    return rows.map(({ start_after }) => start_after);
  }

  async titles(browser: Browser, accountId: string): Promise<string[]> {
    const { body } = await browser
      .get(`/integrations/accounts/${accountId}/events?limit=200`)
      .expect(200);
    return body.data.map(({ title }: { title: string }) => title);
  }

  edit(provider: ProviderName, title: string): void {
    const start = new Date(Date.now() + 86_400_000).toISOString();
    const end = new Date(Date.now() + 90_000_000).toISOString();
    this.control.createEvent({ provider, user: PEOPLE[provider], event: { start, end, title } });
  }
}

export async function until(what: () => boolean | Promise<boolean>, seconds = 15): Promise<void> {
  for (const end = Date.now() + seconds * 1000; !(await what()); ) {
    if (Date.now() > end) throw new Error(`the condition was not met within ${seconds} seconds`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

export const pause = (milliseconds: number) =>
  new Promise((resolve) => setTimeout(resolve, milliseconds));
