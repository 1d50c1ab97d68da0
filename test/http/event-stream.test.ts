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
      app.get('/', (request, response) => resolve(new EventStream(request, response, 100)));
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

  test('sends its headers at once, then events with rising ids, and ends', async () => {
    const response = await fetch(url);
    expect(response.headers.get('content-type')).toMatch(/^text\/event-stream/);
    expect(response.headers.get('x-accel-buffering')).toBe('no');
    expect(response.headers.get('cache-control')).toBe('no-store, no-transform');
    const opened = await stream;
    opened.send('sync', '{"state":"running"}');
    opened.send('sync', '{"state":"idle"}');
    expect(opened.isOpen).toBe(true);
    opened.close();
    expect(opened.isOpen).toBe(false);
    opened.send('sync', '{"state":"late"}');
    const text = await response.text();
    const ids = [...text.matchAll(/^id: (\d+)$/gm)].map(([, id]) => Number(id));
    expect(ids).toEqual([ids[0], (ids[0] ?? 0) + 1]);
    expect(text.replaceAll(/^id: \d+$/gm, 'id: …')).toBe(
      'id: …\nevent: sync\ndata: {"state":"running"}\n\n' +
        'id: …\nevent: sync\ndata: {"state":"idle"}\n\n',
    );
  });

  test('sends a comment while it is silent, and none while it is not', async () => {
    const response = await fetch(url);
    const opened = await stream;
    for (let times = 0; times < 5; times += 1) {
      opened.send('sync', '{}');
      await new Promise((resolve) => setTimeout(resolve, 40));
    }
    await new Promise((resolve) => setTimeout(resolve, 250));
    opened.close();
    const text = await response.text();
    expect(text.match(/^: still here$/gm)?.length).toBeGreaterThanOrEqual(2);
    expect(text.indexOf(': still here')).toBeGreaterThan(text.lastIndexOf('data: {}'));
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
