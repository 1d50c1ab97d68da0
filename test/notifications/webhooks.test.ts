/** Webhooks: who may manage endpoints, what arrives, and what becomes of failures. */
import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { Webhook } from 'standardwebhooks';
import { buildAccount, meeting } from '../support/build-account.js';
import { type Deployment, deploy } from '../support/deployment.js';
import { type Receiver, type Reply, startReceiver, until } from './receiver.js';

const PATH = '/integrations/webhook-endpoints';

let deployment: Deployment;
const receivers: Receiver[] = [];
beforeAll(async () => {
  deployment = await deploy({
    sandbox: { contents: 'empty' },
    environment: { WEBHOOK_PRIVATE_ADDRESSES: 'true' },
  });
});
afterEach(async () => {
  for (const { id } of (await admin().get(PATH).expect(200)).body.data)
    await admin().delete(`${PATH}/${id}`).expect(204);
  for (const receiver of receivers.splice(0)) await receiver.close();
});
afterAll(() => deployment?.stop());

const admin = () => deployment.browser('the-admin', { roles: ['admin'] });

async function receive(reply?: Reply): Promise<Receiver> {
  const receiver = await startReceiver(reply);
  receivers.push(receiver);
  return receiver;
}

async function addEndpoint(choices: object): Promise<{ id: string; secret: string }> {
  const { body } = await admin().post(PATH, choices).expect(201);
  // The workers look for new endpoints every other second.
  return body;
}

async function deliveriesOf(id: string) {
  const { body } = await admin().get(`${PATH}/${id}/deliveries`).expect(200);
  return body.data as Record<string, unknown>[];
}

describe('managing endpoints', () => {
  test('a user who is no admin may not see or make endpoints', async () => {
    const browser = deployment.browser('just-a-user');
    for (const answer of [
      browser.get(PATH),
      browser.post(PATH, { url: 'https://example.com/hook' }),
      browser.get(`${PATH}/${randomUUID()}`),
      browser.delete(`${PATH}/${randomUUID()}`),
      browser.post(`${PATH}/${randomUUID()}/replay`, { deliveryIds: [randomUUID()] }),
    ])
      expect((await answer).body.code).toBe('forbidden');
  });

  test('the secret of an endpoint is shown once', async () => {
    const url = 'https://example.com/hook';
    const made = await addEndpoint({ url, types: ['events.changed'], description: 'mine' });
    expect(made.secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    const shown = await admin().get(`${PATH}/${made.id}`).expect(200);
    expect(shown.body).toEqual({
      id: made.id,
      url,
      types: ['events.changed'],
      minutesBefore: 10,
      description: 'mine',
      disabled: false,
      disabledReason: null,
      createdAt: expect.any(String),
      updatedAt: expect.any(String),
    });
    const [row] = await deployment.query('SELECT * FROM webhook_endpoints');
    expect(JSON.stringify(row)).not.toContain(made.secret.slice(6));
    expect((await admin().get(PATH).expect(200)).body.data).toEqual([shown.body]);
  });

  test.each([
    ['no URL', {}],
    ['text that is no URL', { url: 'hook' }],
    ['another scheme', { url: 'ftp://example.com/hook' }],
    ['a URL with a password', { url: 'https://me:secret@example.com/hook' }],
    ['an unknown type', { url: 'https://example.com/', types: ['events.gone'] }],
    ['no type at all', { url: 'https://example.com/', types: [] }],
    ['a time of more than a day', { url: 'https://example.com/', minutesBefore: 1_441 }],
    ['an unknown field', { url: 'https://example.com/', secret: 'mine' }],
  ])('%s is refused', async (_what, body) => {
    expect((await admin().post(PATH, body).expect(400)).body.code).toBe('invalid_request');
  });

  test('what is not given stays as it is', async () => {
    const { id } = await addEndpoint({ url: 'https://example.com/a', minutesBefore: 5 });
    const { body } = await admin()
      .patch(`${PATH}/${id}`, { types: ['event.starting'], disabled: true })
      .expect(200);
    expect(body).toMatchObject({
      url: 'https://example.com/a',
      types: ['event.starting'],
      minutesBefore: 5,
      disabled: true,
      disabledReason: 'host',
    });
  });
});

test('the audit trail says who made, changed and removed an endpoint', async () => {
  const { id } = await addEndpoint({ url: 'https://example.com/audited' });
  await admin().patch(`${PATH}/${id}`, { disabled: true }).expect(200);
  await admin().post(`${PATH}/${id}/rotate-secret`, {}).expect(200);
  await admin().delete(`${PATH}/${id}`).expect(204);
  const { body } = await admin().get('/integrations/audit').expect(200);
  const own = body.data.filter(
    ({ details }: { details: { endpointId?: string } }) => details.endpointId === id,
  );
  expect(own.map(({ action }: { action: string }) => action)).toEqual([
    'webhook_endpoint.delete',
    'webhook_endpoint.update',
    'webhook_endpoint.update',
    'webhook_endpoint.create',
  ]);
});

describe('the function of a host', () => {
  test('onNotification is called for each notification, and again when it throws', async () => {
    const calls: { type: string; sequence: number | null }[] = [];
    let failures = 1;
    const hosted = await deploy({
      sandbox: { contents: 'empty' },
      service: {
        onNotification({ type, sequence }) {
          calls.push({ type, sequence });
          if (failures-- > 0) throw new Error('not yet');
        },
      },
    });
    try {
      await buildAccount(hosted);
      await until('the first three calls', () => calls.length >= 3);
      expect(calls.slice(0, 2).map(({ sequence }) => sequence)).toEqual([1, 2]);
      expect(calls[2]).toEqual({ type: 'account.connected', sequence: 1 });
      const { body } = await hosted
        .browser('the-admin', { roles: ['admin'] })
        .get(PATH)
        .expect(200);
      expect(body.data).toEqual([]);
    } finally {
      await hosted.stop();
    }
  });
});

describe('delivering', () => {
  test('notifications of an account arrive signed and in order', async () => {
    const receiver = await receive();
    const { secret } = await addEndpoint({ url: receiver.url });
    const { id, browser } = await buildAccount(deployment, { events: [meeting('Planning')] });
    await browser.post(`/integrations/sync/${id}`, {}).expect(202);
    await until('four webhooks', () => receiver.received.length >= 4);
    expect(receiver.received.map(({ notification }) => notification.type)).toEqual([
      'account.connected',
      'events.changed',
      'sync.completed',
      'sync.completed',
    ]);
    expect(receiver.received.map(({ notification }) => notification.sequence)).toEqual([
      1, 2, 3, 4,
    ]);
    for (const { headers, body, notification } of receiver.received) {
      expect(headers['webhook-id']).toBe(notification.id);
      expect(headers['content-type']).toBe('application/json');
      expect(headers['user-agent']).toMatch(/^calendar-connect\//);
      expect(
        new Webhook(secret).verify(body, headers as unknown as Record<string, string>),
      ).toEqual(notification);
    }
  });

  test('only the types arrive that an endpoint asks for', async () => {
    const receiver = await receive();
    await addEndpoint({ url: receiver.url, types: ['sync.completed'] });
    await buildAccount(deployment, { events: [meeting('Planning')] });
    await until('a webhook', () => receiver.received.length > 0);
    expect(receiver.received.map(({ notification }) => notification.type)).toEqual([
      'sync.completed',
    ]);
  });

  test('both secrets sign after a rotation', async () => {
    const receiver = await receive();
    const { id, secret } = await addEndpoint({ url: receiver.url });
    const rotated = await admin().post(`${PATH}/${id}/rotate-secret`, {}).expect(200);
    expect(rotated.body.secret).not.toBe(secret);
    await admin().post(`${PATH}/${id}/test`, {}).expect(200);
    const [{ headers, body }] = receiver.received as [Receiver['received'][number]];
    for (const one of [secret, rotated.body.secret])
      expect(
        new Webhook(one).verify(body, headers as unknown as Record<string, string>),
      ).toMatchObject({ type: 'webhook.test' });
    await deployment.query(`UPDATE webhook_endpoints SET previous_secret_until = now()`);
    await admin().post(`${PATH}/${id}/test`, {}).expect(200);
    const [, last] = receiver.received as [unknown, Receiver['received'][number]];
    expect(last.headers['webhook-signature']).not.toContain(' ');
  });

  test('a test says what the receiver answered', async () => {
    const receiver = await receive((_received, response) => void response.writeHead(418).end());
    const { id } = await addEndpoint({ url: receiver.url });
    const answer = await admin().post(`${PATH}/${id}/test`, {}).expect(200);
    expect(answer.body).toEqual({
      status: 418,
      durationMs: expect.any(Number),
      error: 'refused',
    });
    await receiver.close();
    expect((await admin().post(`${PATH}/${id}/test`, {}).expect(200)).body).toMatchObject({
      status: null,
      error: 'connection_failed',
    });
  });

  test('a failed delivery is listed with its status, tried again, and then delivered', async () => {
    let failures = 1;
    const receiver = await receive((_received, response) =>
      response.writeHead(failures-- > 0 ? 500 : 204).end(),
    );
    const { id } = await addEndpoint({ url: receiver.url, types: ['account.connected'] });
    await buildAccount(deployment);
    await until('the first attempt', async () => (await deliveriesOf(id))[0]?.['attempts'] === 1);
    const [failed] = await deliveriesOf(id);
    expect(failed).toMatchObject({
      type: 'account.connected',
      state: 'pending',
      lastStatus: 500,
      lastError: 'refused',
      deliveredAt: null,
    });
    const wait = Date.parse(String(failed!['nextAttemptAt'])) - Date.now();
    expect(wait).toBeLessThanOrEqual(5_500);
    await until('the second', async () => (await deliveriesOf(id))[0]?.['state'] === 'delivered');
    expect((await deliveriesOf(id))[0]).toMatchObject({ attempts: 2, lastStatus: 204 });
    const [one, two] = receiver.received;
    expect(two!.headers['webhook-id']).toBe(one!.headers['webhook-id']);
    expect(two!.at - one!.at).toBeGreaterThanOrEqual(4_900);
  });

  test('a redirect is a failure, and is not followed', async () => {
    const target = await receive();
    const receiver = await receive((_received, response) =>
      response.writeHead(307, { location: target.url }).end(),
    );
    const { id } = await addEndpoint({ url: receiver.url });
    expect((await admin().post(`${PATH}/${id}/test`, {}).expect(200)).body).toMatchObject({
      status: 307,
      error: 'redirected',
    });
    expect(target.received).toEqual([]);
  });

  test('410 disables the endpoint', async () => {
    const receiver = await receive((_received, response) => void response.writeHead(410).end());
    const { id } = await addEndpoint({ url: receiver.url, types: ['account.connected'] });
    await buildAccount(deployment);
    await until('the end', async () => (await deliveriesOf(id))[0]?.['state'] === 'failed');
    expect((await admin().get(`${PATH}/${id}`).expect(200)).body).toMatchObject({
      disabled: true,
      disabledReason: 'gone',
    });
    await buildAccount(deployment);
    expect(await deliveriesOf(id)).toHaveLength(1);
    const { body } = await admin().patch(`${PATH}/${id}`, { disabled: false }).expect(200);
    expect(body).toMatchObject({ disabled: false, disabledReason: null });
  });

  test('Retry-After of a 429 is honoured, for the endpoint as a whole', async () => {
    const receiver = await receive((_received, response) =>
      response.writeHead(429, { 'retry-after': '120' }).end(),
    );
    const { id } = await addEndpoint({ url: receiver.url, types: ['account.connected'] });
    await buildAccount(deployment);
    await until('the first attempt', async () => (await deliveriesOf(id))[0]?.['attempts'] === 1);
    const [first] = await deliveriesOf(id);
    const wait = Date.parse(String(first!['nextAttemptAt'])) - Date.now();
    expect(wait).toBeGreaterThan(110_000);
    await buildAccount(deployment);
    await until('another delivery', async () => (await deliveriesOf(id)).length === 2);
    const [row] = await deployment.query(
      `SELECT not_before > now() + interval '100 seconds' AS waits FROM webhook_endpoints`,
    );
    expect(row).toEqual({ waits: true });
    expect(receiver.received).toHaveLength(1);
  });

  test('a success under way at the time of a 429 does not end the pause', async () => {
    const held: (() => void)[] = [];
    const receiver = await receive((_received, response) => {
      if (held.push(() => response.writeHead(204).end()) === 1) return;
      response.writeHead(429, { 'retry-after': '120' }).end();
    });
    const { id } = await addEndpoint({ url: receiver.url, types: ['account.connected'] });
    await buildAccount(deployment);
    await until('the first request', () => held.length === 1);
    await buildAccount(deployment);
    const hasState = async (state: string) =>
      (await deliveriesOf(id)).some((one) => one['attempts'] === 1 && one['state'] === state);
    await until('the refusal', () => hasState('pending'));
    held[0]!();
    await until('the success', () => hasState('delivered'));
    const [row] = await deployment.query(
      `SELECT not_before > now() + interval '100 seconds' AS waits FROM webhook_endpoints`,
    );
    expect(row).toEqual({ waits: true });
  });

  test('an endpoint that hangs does not delay another one', async () => {
    const hanging = await receive(() => {});
    const healthy = await receive();
    await addEndpoint({ url: hanging.url });
    await addEndpoint({ url: healthy.url });
    for (let i = 0; i < 4; i++) await buildAccount(deployment);
    await until('all webhooks', () => healthy.received.length >= 8);
    expect(hanging.received.length).toBeLessThanOrEqual(8);
  });

  test('deliveries are sent again on request', async () => {
    const receiver = await receive();
    const { id } = await addEndpoint({ url: receiver.url });
    const start = await deployment.browser('reader').get('/integrations/changes').expect(200);
    await buildAccount(deployment, { events: [meeting('Planning')] });
    await until('three webhooks', () => receiver.received.length === 3);
    await until('all delivered', async () =>
      (await deliveriesOf(id)).every(({ state }) => state === 'delivered'),
    );
    const [newest] = await deliveriesOf(id);
    const one = await admin()
      .post(`${PATH}/${id}/replay`, { deliveryIds: [newest!['id']] })
      .expect(202);
    expect(one.body).toEqual({ count: 1 });
    await until('a fourth', () => receiver.received.length === 4);
    await until('all delivered', async () =>
      (await deliveriesOf(id)).every(({ state }) => state === 'delivered'),
    );
    const all = await admin()
      .post(`${PATH}/${id}/replay`, { after: start.body.nextCursor })
      .expect(202);
    expect(all.body).toEqual({ count: 3 });
    await until('seven', () => receiver.received.length === 7);
    const ids = receiver.received.map(({ notification }) => notification.id);
    expect(ids.slice(4)).toEqual(ids.slice(0, 3));
    for (const body of [{}, { after: start.body.nextCursor, deliveryIds: [randomUUID()] }])
      await admin().post(`${PATH}/${id}/replay`, body).expect(400);
  });
});
