/**
 * One HTTP server that emulates both providers. It records every call and can give wrong responses
 * on request.
 */
import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { GoogleSide } from './google.js';
import { MicrosoftSide } from './microsoft.js';
import { PushSide } from './push.js';
import type { Call, Fault, Store } from './wire.js';

interface PlannedFault {
  readonly kind: string;
  readonly fault: Fault;
  readonly when: (call: Call) => boolean;
  left: number;
}

export class Emulator implements Store {
  readonly calls: Call[] = [];
  /** Requests that the real providers would refuse or forbid. */
  readonly violations: string[] = [];
  /** Values that no response and no log may contain. */
  readonly secrets: string[] = [];
  readonly google: GoogleSide;
  readonly microsoft: MicrosoftSide;
  readonly push: PushSide;
  private readonly faults: PlannedFault[] = [];
  private readonly running = new Map<string, number>();

  private constructor(
    private readonly server: Server,
    readonly origin: string,
  ) {
    this.google = new GoogleSide(this);
    this.microsoft = new MicrosoftSide(this);
    this.push = new PushSide(this, this.google.oauth, this.microsoft.oauth);
  }

  static async start(): Promise<Emulator> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const emulator = new Emulator(
      server,
      `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    );
    server.on('request', (request, response) => {
      emulator.serve(request, response).catch((error) => {
        emulator.violations.push(
          `the emulator failed: ${error instanceof Error ? error.stack : error}`,
        );
        response.destroy();
      });
    });
    return emulator;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  /** Replaces the response to the next calls of this kind. */
  fail(kind: string, fault: Fault, times = 1, when: (call: Call) => boolean = () => true): void {
    this.faults.push({ kind, fault, when, left: times });
  }

  heal(): void {
    this.faults.length = 0;
  }

  count(kind: string, since = 0): number {
    return this.calls.slice(since).filter((call) => call.kind === kind).length;
  }

  /** Makes a secret of this length and adds it to `secrets`. */
  secret(length: number, prefix = ''): string {
    const text = (prefix + randomBytes(length).toString('base64url')).slice(0, length);
    this.secrets.push(text);
    return text;
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks).toString('utf8');
    const raw = request.url ?? '/';
    const url = new URL(raw, this.origin);
    const call: Call = {
      method: request.method ?? '',
      raw,
      url,
      segments: (raw.split('?')[0] ?? '').split('/').slice(1).map(decodeURIComponent),
      headers: request.headers,
      form: new URLSearchParams(
        request.headers['content-type']?.includes('urlencoded') ? body : '',
      ),
      json: request.headers['content-type']?.startsWith('application/json')
        ? JSON.parse(body || '{}')
        : {},
      kind: 'unknown',
      status: 0,
    };
    const found = this.push.route(call) ?? this.google.route(call) ?? this.microsoft.route(call);
    call.kind = found?.kind ?? 'unknown';
    this.calls.push(call);
    if (!found) this.violations.push(`unknown route: ${call.method} ${raw}`);
    const planned = this.faults.find(
      (fault) => fault.left > 0 && fault.kind === call.kind && fault.when(call),
    );
    if (planned) planned.left -= 1;
    const answer = planned?.fault ??
      (await found?.answer()) ?? { status: 404, body: { error: { code: 404 } } };
    const running =
      found && call.kind.startsWith('microsoft.') ? `${request.headers.authorization}` : '';
    this.running.set(running, (this.running.get(running) ?? 0) + 1);
    if (running && this.running.get(running)! > 4)
      this.violations.push('Graph: more than four requests at once');
    await sleep(3);
    this.running.set(running, this.running.get(running)! - 1);
    if (answer === 'hang') return;
    if (answer === 'reset') return void response.destroy();
    if (answer === 'half') {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': '999' });
      response.write('{"access_token":');
      await sleep(20);
      return void response.destroy();
    }
    call.status = answer.status ?? 200;
    const isText = typeof answer.body === 'string';
    response.writeHead(call.status, {
      'content-type': isText ? 'text/html; charset=utf-8' : 'application/json; charset=UTF-8',
      'x-emulated': 'yes',
      ...answer.headers,
    });
    response.end(
      answer.body === undefined ? '' : isText ? answer.body : JSON.stringify(answer.body),
    );
  }
}
