/** The feed as server-sent events. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { buildAccount, meeting } from '../support/build-account.js';
import { type Deployment, deploy } from '../support/deployment.js';
import { until } from './receiver.js';

let deployment: Deployment;
beforeAll(async () => {
  deployment = await deploy({ sandbox: { contents: 'empty' } });
});
afterAll(() => deployment?.stop());

interface Streamed {
  readonly event: string;
  readonly id: string;
  readonly data: { type: string; sequence: number; data: Record<string, unknown> };
}

/** Opens the stream of a user. */
async function open(userId: string, query = '', headers: Record<string, string> = {}) {
  const ending = new AbortController();
  const response = await fetch(`${deployment.url}/integrations/changes${query}`, {
    headers: {
      accept: 'text/event-stream',
      authorization: `Bearer ${deployment.token(userId)}`,
      ...headers,
    },
    signal: ending.signal,
  });
  const events: Streamed[] = [];
  let lastId = '';
  const reading = (async () => {
    let text = '';
    for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
      text += chunk;
      const blocks = text.split('\n\n');
      text = blocks.pop() ?? '';
      for (const block of blocks) {
        const fields = new Map(
          block.split('\n').map((line) => line.split(/: (.*)/s) as [string, string]),
        );
        lastId = fields.get('id') ?? lastId;
        const data = fields.get('data');
        if (data !== undefined)
          events.push({ event: fields.get('event') ?? '', id: lastId, data: JSON.parse(data) });
      }
    }
  })().catch(() => {});
  return {
    response,
    events,
    lastId: () => lastId,
    async close() {
      ending.abort();
      await reading;
    },
  };
}

test('each notification of the user is an event, and a later stream goes on after the last one', async () => {
  const userId = 'streaming';
  const stream = await open(userId);
  expect(stream.response.headers.get('content-type')).toContain('text/event-stream');
  await until('its place', () => stream.lastId() !== '');
  const { browser, id } = await buildAccount(deployment, { userId, events: [meeting('Planning')] });
  await buildAccount(deployment);
  await until('three events', () => stream.events.length === 3);
  expect(stream.events.map(({ event, data }) => [event, data.type, data.sequence])).toEqual([
    ['account.connected', 'account.connected', 1],
    ['events.changed', 'events.changed', 2],
    ['sync.completed', 'sync.completed', 3],
  ]);
  await stream.close();

  await browser.post(`/integrations/sync/${id}`, {}).expect(202);
  await browser.synced(id);
  const later = await open(userId, '', { 'last-event-id': stream.events[1]!.id });
  await until('what is left', () => later.events.length === 2);
  expect(later.events.map(({ data }) => data.sequence)).toEqual([3, 4]);
  await later.close();

  const narrow = await open(userId, `?types=sync.completed&after=${stream.events[0]!.id}`);
  await until('the syncs', () => narrow.events.length === 2);
  expect(narrow.events.map(({ event }) => event)).toEqual(['sync.completed', 'sync.completed']);
  await narrow.close();
});

test('a place that is none is refused before the stream begins', async () => {
  const { response, close } = await open('someone', '', { 'last-event-id': '12' });
  expect(response.status).toBe(400);
  expect(response.headers.get('content-type')).toContain('application/problem+json');
  await close();
});
