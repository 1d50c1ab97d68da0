// The client's address for rate limits: the one the trusted proxy saw, never the one a client sent.

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { loadConfig } from '../../src/config.js';
import { ConfigError } from '../../src/settings/problems.js';
import { type Deployment, deploy } from '../support/deployment.js';
import { raw } from './expectations.js';

const LIMIT = 3;

describe('callbacks counted by address behind one proxy', () => {
  let deployment: Deployment;

  beforeAll(async () => {
    deployment = await deploy({
      sandbox: { contents: 'empty' },
      environment: { ROLE: 'web', TRUST_PROXY: '1', RATE_LIMIT_CALLBACK: String(LIMIT) },
    });
  });
  afterAll(() => deployment?.stop());

  /** Sends one request for each of `forwarded`. @returns how many were accepted */
  async function passed(forwarded: readonly string[]): Promise<number> {
    let count = 0;
    for (const address of forwarded) {
      const answer = await raw(deployment.url, '/integrations/auth/google/callback', {
        headers: { Accept: 'application/json', 'X-Forwarded-For': address },
      });
      expect([400, 429]).toContain(answer.status);
      if (answer.status === 400) count += 1;
    }
    return count;
  }

  test('addresses that a client adds to X-Forwarded-For are ignored', async () => {
    expect(
      await passed(Array.from({ length: 6 }, (_, index) => `10.0.0.${index}, 203.0.113.5`)),
    ).toBe(LIMIT);
  });

  test('two clients have separate counts', async () => {
    expect(await passed(['203.0.113.6', '203.0.113.7', '203.0.113.8', '203.0.113.9'])).toBe(4);
  });

  test('an IPv6 network counts as one client', async () => {
    expect(
      await passed(
        Array.from({ length: 6 }, (_, index) => `2001:db8:0:${index}:${index}::${index + 1}`),
      ),
    ).toBe(LIMIT);
    expect(
      await passed([
        '2001:db8:1:100::1',
        '2001:db8:1:200::1',
        '2001:db8:1:300::1',
        '2001:db8:1:400::1',
      ]),
    ).toBe(4);
  });

  test('IPv4 addresses written as IPv6 count as separate clients', async () => {
    expect(
      await passed([
        '::ffff:198.51.100.1',
        '::ffff:198.51.100.2',
        '::ffff:198.51.100.3',
        '::ffff:198.51.100.4',
      ]),
    ).toBe(4);
    expect(await passed(Array.from({ length: 5 }, () => '::ffff:198.51.100.9'))).toBe(LIMIT);
  });

  test('a configuration that trusts every proxy, or an invalid address, is refused', () => {
    for (const value of [
      'true',
      'yes',
      '*',
      '-1',
      '1.5',
      'all',
      '0.0.0.0/0',
      '::/0',
      '10.0.0.0/33',
      'dead',
      'loopback,x',
      '10.0.0.1,',
    ])
      expect(() => loadConfig({ ...deployment.environment, TRUST_PROXY: value })).toThrow(
        ConfigError,
      );
    for (const value of [
      '1',
      '2',
      'loopback',
      '10.0.0.0/8, 192.168.0.1',
      'loopback, ::1',
      'fd00::/8',
    ])
      expect(loadConfig({ ...deployment.environment, TRUST_PROXY: value }).trustProxy).toBeTruthy();
  });
});
