/** Where outgoing webhooks may go. */
import { hostname } from 'node:os';
import { describe, expect, test } from '@jest/globals';
import {
  AddressNotAllowed,
  isPublicAddress,
  lookupPublic,
  namesPrivateAddress,
} from '../../src/notifications/address-guard.js';
import { createWebhookSender } from '../../src/notifications/webhook-sender.js';
import { startReceiver } from './receiver.js';

describe('addresses', () => {
  test.each([
    '8.8.8.8',
    '99.255.255.255',
    '100.63.255.255',
    '100.128.0.1',
    '172.15.255.255',
    '172.32.0.1',
    '192.167.255.255',
    '223.255.255.255',
    '2606:4700:4700::1111',
    '2a00:1450:4001:82b::200e',
  ])('%s is public', (address) => {
    expect(isPublicAddress(address)).toBe(true);
  });

  test.each([
    ['this network', '0.0.0.0'],
    ['private', '10.1.2.3'],
    ['private', '172.16.0.1'],
    ['private', '192.168.1.1'],
    ['carrier-grade NAT', '100.64.0.1'],
    ['loopback', '127.0.0.1'],
    ['loopback', '127.255.255.254'],
    ['link-local, the metadata of clouds', '169.254.169.254'],
    ['protocol assignments', '192.0.0.8'],
    ['6to4 relays', '192.88.99.1'],
    ['benchmarking', '198.18.0.1'],
    ['documentation', '203.0.113.9'],
    ['multicast', '224.0.0.1'],
    ['reserved', '240.0.0.1'],
    ['broadcast', '255.255.255.255'],
    ['unspecified', '::'],
    ['loopback', '::1'],
    ['mapped', '::ffff:127.0.0.1'],
    ['mapped', '::ffff:8.8.8.8'],
    ['compatible', '::10.0.0.1'],
    ['translated', '64:ff9b::a00:1'],
    ['translated, local', '64:ff9b:1::1'],
    ['discard', '100::1'],
    ['Teredo', '2001::1'],
    ['documentation', '2001:db8::1'],
    ['6to4', '2002:7f00:1::'],
    ['documentation', '3fff::1'],
    ['unique local', 'fc00::1'],
    ['unique local, the metadata of clouds', 'fd00:ec2::254'],
    ['link-local', 'fe80::1'],
    ['site-local', 'fec0::1'],
    ['multicast', 'ff02::1'],
    ['no address', 'example.com'],
  ])('%s (%s) is not public', (_kind, address) => {
    expect(isPublicAddress(address)).toBe(false);
  });

  test.each([
    'https://127.0.0.1/',
    'https://127.1/',
    'https://2130706433/',
    'https://0x7f.0.0.1/',
    'https://017700000001/',
    'https://[::1]/',
    'https://[::ffff:10.0.0.1]/',
    'https://localhost/',
    'https://LOCALHOST./',
    'https://some.localhost/',
    'https://169.254.169.254/latest/meta-data/',
  ])('%s names a private address', (url) => {
    expect(namesPrivateAddress(new URL(url))).toBe(true);
  });

  test.each(['https://example.com/', 'https://8.8.8.8/', 'https://[2606:4700::1]/'])(
    '%s names no private address',
    (url) => {
      expect(namesPrivateAddress(new URL(url))).toBe(false);
    },
  );
});

test('a name that resolves to a private address is not connected to', async () => {
  const receiver = await startReceiver();
  const notification = {
    id: '5e8a3b0c-7f0d-4b89-8d7b-1c9d6a0f2e44',
    type: 'webhook.test' as const,
    timestamp: '2026-12-01T09:00:00.000Z',
    sequence: null,
    data: { accountId: null, userId: null, provider: null },
  };
  const secrets = [`whsec_${Buffer.alloc(32).toString('base64')}`];
  const guarded = createWebhookSender({ allowPrivate: false, userAgent: 'test' });
  const open = createWebhookSender({ allowPrivate: true, userAgent: 'test' });
  try {
    const { port } = new URL(receiver.url);
    for (const host of ['localhost', hostname(), '127.0.0.1', '[::ffff:127.0.0.1]']) {
      const url = `http://${host}:${port}/hook`;
      const { status, error } = await guarded.send({ url, secrets, notification });
      expect([host, status]).toEqual([host, null]);
      expect(['address_not_allowed', 'name_not_resolved']).toContain(error);
    }
    expect(receiver.received).toEqual([]);
    expect(await open.send({ url: receiver.url, secrets, notification })).toMatchObject({
      status: 204,
      error: null,
    });
  } finally {
    await Promise.all([guarded.close(), open.close(), receiver.close()]);
  }
});

test('the addresses of a name are checked where it is resolved for the connection', async () => {
  const found = await new Promise<Error | null>((resolve) =>
    lookupPublic('localhost', { all: true }, (error) => resolve(error)),
  );
  expect(found).toBeInstanceOf(AddressNotAllowed);
});
