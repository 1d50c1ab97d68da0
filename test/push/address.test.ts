/** WEBHOOK_BASE_URL: an address that a provider can reach, or a clear error before the start. */
import { describe, expect, test } from '@jest/globals';
import { loadConfig } from '../../src/config.js';
import { isPrivate } from '../../src/settings/hosts.js';
import type { ConfigError } from '../../src/settings/problems.js';

function problemsOf(url: string): readonly string[] {
  try {
    loadConfig({ WEBHOOK_BASE_URL: url });
    return [];
  } catch (error) {
    return (error as ConfigError).problems.filter((problem) =>
      problem.startsWith('WEBHOOK_BASE_URL'),
    );
  }
}

describe('the address that providers notify', () => {
  test.each([
    'https://hooks.example.com',
    'https://8.8.8.8',
    'http://127.0.0.1:3000',
    'http://localhost:3000',
    'https://hooks.example.com/path',
  ])('%s is accepted', (url) => expect(problemsOf(url)).toEqual([]));

  test.each([
    'https://10.0.0.5',
    'https://192.168.1.10:8443',
    'https://172.20.0.1',
    'https://169.254.169.254',
    'https://100.64.0.1',
    'https://[fd00::1]',
    'https://[fe80::1]',
    'https://calendars.internal',
    'https://printer.local',
    'https://intranet',
  ])('%s is refused as private', (url) => {
    expect(problemsOf(url)).toEqual([expect.stringContaining('no provider can reach')]);
  });

  test.each([
    'http://hooks.example.com',
    'https://hooks.example.com/path?a=b',
    'hooks.example.com',
  ])('%s is refused', (url) => expect(problemsOf(url)).toHaveLength(1));

  test('host names that only start like a private address are public', () => {
    expect(
      ['10.example.com', 'local.example.com', '11.0.0.1', '172.32.0.1'].map(isPrivate),
    ).not.toContain(true);
  });
});
