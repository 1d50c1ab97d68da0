/**
 * A user's browser: it keeps cookies, follows redirects step by step, and checks the form of every
 * response.
 */
import { createHmac } from 'node:crypto';

export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly location: string;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: what comes from outside is judged by the checks
  readonly body: any;
}

export interface Ask {
  readonly method?: string;
  readonly token?: string;
  readonly json?: unknown;
  readonly headers?: Record<string, string>;
}

/**
 * Violations of the rules for all responses of the service. The last test of each file expects
 * none.
 */
export const complaints: string[] = [];
export const everySetCookie: string[] = [];

export class Browser {
  private readonly jar = new Map<string, string>();

  /** @param service the origin whose responses are checked; responses of the providers are not. */
  constructor(
    readonly service: string,
    readonly token?: string,
  ) {}

  get cookies(): string[] {
    return [...this.jar.keys()];
  }

  async ask(pathOrUrl: string, ask: Ask = {}): Promise<Reply> {
    const url = pathOrUrl.startsWith('/') ? `${this.service}${pathOrUrl}` : pathOrUrl;
    const own = new URL(url).origin === this.service;
    const token = ask.token ?? this.token;
    const response = await fetch(url, {
      method: ask.method ?? 'GET',
      redirect: 'manual',
      headers: {
        ...(own && this.jar.size
          ? { cookie: [...this.jar].map(([name, value]) => `${name}=${value}`).join('; ') }
          : {}),
        ...(own && token ? { authorization: `Bearer ${token}` } : {}),
        ...(ask.json === undefined ? {} : { 'content-type': 'application/json' }),
        ...ask.headers,
      },
      ...(ask.json === undefined ? {} : { body: JSON.stringify(ask.json) }),
    });
    const text = await response.text();
    const json = /\bjson\b/.test(response.headers.get('content-type') ?? '');
    const reply = {
      status: response.status,
      headers: response.headers,
      location: response.headers.get('location') ?? '',
      text,
      body: json && text ? JSON.parse(text) : undefined,
    };
    if (own) {
      this.keepCookies(response.headers.getSetCookie());
      inspect(ask.method ?? 'GET', pathOrUrl.split('?')[0] ?? '', reply);
    }
    return reply;
  }

  /**
   * Navigates as a person does, without script and bearer token, and follows redirects until one
   * leaves these origins.
   */
  async navigate(
    start: string,
    through: string,
    headers: Record<string, string> = {},
  ): Promise<string> {
    let url = start;
    for (let hops = 0; hops < 8; hops++) {
      const reply = await this.ask(url, {
        token: '',
        headers: { accept: 'text/html,application/xhtml+xml,*/*;q=0.8', ...headers },
      });
      if (!reply.location) return `${reply.status} at ${url}: ${reply.text.slice(0, 200)}`;
      url = new URL(reply.location, url.startsWith('/') ? `${this.service}${url}` : url).href;
      if (![this.service, through].includes(new URL(url).origin)) return url;
    }
    return `too many redirects: ${url}`;
  }

  private keepCookies(lines: string[]): void {
    everySetCookie.push(...lines);
    for (const line of lines) {
      const [pair = '', ...attributes] = line.split(/;\s*/);
      const name = pair.slice(0, pair.indexOf('='));
      const value = pair.slice(pair.indexOf('=') + 1);
      const attribute = (wanted: string) =>
        attributes
          .find((one) => one.toLowerCase().startsWith(`${wanted}=`))
          ?.slice(wanted.length + 1);
      const dead =
        attribute('max-age') === '0' ||
        Date.parse(attribute('expires') ?? '') < Date.now() ||
        value === '';
      // A browser drops such cookies over http, so the service must not depend on them.
      if (attributes.some((one) => one.toLowerCase() === 'secure'))
        complaints.push(`Secure cookie over http: ${name}`);
      if (dead) this.jar.delete(name);
      else this.jar.set(name, value);
    }
  }
}

const PROBLEM = ['code', 'detail', 'requestId', 'status', 'title', 'type'];

function inspect(method: string, path: string, { status, headers, body, location }: Reply): void {
  const complain = (about: string) => complaints.push(`${method} ${path} ${status}: ${about}`);
  if (!headers.get('x-request-id')) complain('no X-Request-Id');
  if (headers.get('x-powered-by')) complain('X-Powered-By');
  if (headers.get('referrer-policy') !== 'no-referrer')
    complain(`Referrer-Policy ${headers.get('referrer-policy')}`);
  if (status >= 500 && status !== 503) complain(`a failure of ours: ${JSON.stringify(body)}`);
  const bearsSecrets =
    location || body?.state || body?.accountId || body?.providerCalendarId || body?.push;
  if (bearsSecrets && headers.get('cache-control') !== 'no-store')
    complain(`Cache-Control ${headers.get('cache-control')}`);
  if (status < 400 || method === 'HEAD') return;
  if (!headers.get('content-type')?.startsWith('application/problem+json'))
    return void complain(`${headers.get('content-type')}`);
  const keys = Object.keys(body ?? {}).sort();
  // A problem may have more than the six documented fields, but not fewer.
  const missing = PROBLEM.filter((key) => !keys.includes(key));
  if (missing.length) complain(`the problem lacks ${missing}`);
  if (body?.status !== status) complain(`says ${body?.status}`);
  if (body?.requestId !== headers.get('x-request-id'))
    complain('another requestId than the header');
  if (!/^[a-z_]+$/.test(body?.code ?? '')) complain(`code ${body?.code}`);
}

/** A JWT as the host product would make it. */
export function jwt(
  claims: Record<string, unknown>,
  secret: string,
  header: Record<string, unknown> = { alg: 'HS256' },
): string {
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const signed = `${part({ typ: 'JWT', ...header })}.${part(claims)}`;
  const hash = header['alg'] === 'HS512' ? 'sha512' : 'sha256';
  return `${signed}.${header['alg'] === 'none' ? '' : createHmac(hash, secret).update(signed).digest('base64url')}`;
}
