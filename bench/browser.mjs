// The client of the benchmark: one persistent connection, one request at a time, a cookie jar.

import { Client } from 'undici';

let connected = 0;

export class Browser {
  headers = {};
  cookies = new Map();

  constructor(origin, userId) {
    this.userId = `bench-${userId}`;
    this.client = new Client(origin, { pipelining: 1 });
  }

  /** Goes on as another user, without cookies. */
  become(userId) {
    this.userId = userId;
    this.cookies.clear();
  }

  async send(method, path) {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const { statusCode, headers, body } = await this.client.request({
      method,
      path,
      headers: { ...this.headers, ...(cookie ? { cookie } : {}) },
    });
    for (const line of [headers['set-cookie'] ?? []].flat()) {
      const [pair = ''] = line.split(';');
      const [name, value] = [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)];
      if (/max-age=0\b/i.test(line)) this.cookies.delete(name);
      else this.cookies.set(name, value);
    }
    return { status: statusCode, headers, body: await body.text() };
  }

  async start(target) {
    const answer = await this.send('GET', target.start.path);
    if (answer.status !== target.start.status)
      throw new Error(`start: ${answer.status} ${answer.body.slice(0, 200)}`);
    return new URL(target.start.url(answer));
  }

  /** Connects a provider account that is new to the service. */
  async flow(target, frontend) {
    const { searchParams } = await this.start(target);
    connected += 1;
    const query = new URLSearchParams({
      state: searchParams.get('state'),
      code: `${searchParams.get('code_challenge')}.${process.pid}${connected}`,
    });
    const answer = await this.send('GET', `${target.callback}?${query}`);
    const { location = '' } = answer.headers;
    if (!location.startsWith(frontend) || location.includes('error'))
      throw new Error(`callback: ${answer.status} ${location || answer.body.slice(0, 200)}`);
  }

  async list(target) {
    const answer = await this.send('GET', target.list);
    if (answer.status !== 200) throw new Error(`list: ${answer.status}`);
  }
}
