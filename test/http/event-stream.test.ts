// Server-sent events as they leave: events, heartbeats, the end, and a client that goes.

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import express from 'express';
import { EventStream } from '../../src/http/event-stream.js';

describe('an event stream', () => {
  let stream: Promise<EventStream>;
  let url: string;
  let close: () => void;

  beforeEach(async () => {
    const app = express();
    stream = new Promise((resolve) => {
      app.get('/', (request, response) => resolve(new EventStream(request, response)));
    });
    const server = createServer(app);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    close = () => {
      server.closeAllConnections();
      server.close();
    };
  });
  afterEach(() => close());

  test('sends its headers at once, then events and comments, and ends', async () => {
    const response = await fetch(url);
    expect(response.headers.get('content-type')).toMatch(/^text\/event-stream/);
    expect(response.headers.get('x-accel-buffering')).toBe('no');
    const opened = await stream;
    opened.send('sync', '{"state":"running"}');
    opened.heartbeat();
    opened.send('sync', '{"state":"idle"}');
    expect(opened.isOpen).toBe(true);
    opened.close();
    expect(opened.isOpen).toBe(false);
    expect(await response.text()).toBe(
      'event: sync\ndata: {"state":"running"}\n\n: still here\n\nevent: sync\ndata: {"state":"idle"}\n\n',
    );
  });

  test('is closed once the client has gone', async () => {
    const client = new AbortController();
    const response = await fetch(url, { signal: client.signal });
    const opened = await stream;
    client.abort();
    await response.text().catch(() => {});
    for (let i = 0; i < 100 && opened.isOpen; i++)
      await new Promise((resolve) => setTimeout(resolve, 20));
    expect(opened.isOpen).toBe(false);
  });
});
