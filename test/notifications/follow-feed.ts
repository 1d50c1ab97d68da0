/** Follows the feed of notifications as a host does. */
import type { Browser } from '../support/browser.js';

/** A notification as the API returns it. */
export interface Told {
  readonly id: string;
  readonly type: string;
  readonly timestamp: string;
  readonly sequence: number | null;
  readonly data: Record<string, unknown>;
}

/** Remembers its cursor between two readings. */
export class Follower {
  readonly told: Told[] = [];
  private cursor = '';

  private constructor(
    private readonly browser: Browser,
    private readonly query: Record<string, string>,
  ) {}

  /** Begins at the present end of the feed. */
  static async begin(browser: Browser, query: Record<string, string> = {}): Promise<Follower> {
    const follower = new Follower(browser, query);
    const { body } = await browser.get('/integrations/changes').query(query).expect(200);
    if (body.data.length > 0) throw new Error('the feed did not begin now');
    follower.cursor = body.nextCursor;
    return follower;
  }

  /** Reads to the end. @returns what is new */
  async read(limit = 50): Promise<Told[]> {
    const news: Told[] = [];
    for (let hasMore = true; hasMore; ) {
      const query = { ...this.query, after: this.cursor, limit };
      const { body } = await this.browser.get('/integrations/changes').query(query).expect(200);
      news.push(...body.data);
      this.cursor = body.nextCursor;
      hasMore = body.hasMore;
    }
    this.told.push(...news);
    return news;
  }

  /** Reads until a notification of the type is there. */
  async until(type: string): Promise<Told> {
    const end = Date.now() + 20_000;
    for (;;) {
      const found = (await this.read()).find((one) => one.type === type);
      if (found !== undefined) return found;
      if (Date.now() > end) throw new Error(`no ${type} in ${JSON.stringify(this.told)}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}
