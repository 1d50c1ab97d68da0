// A test of the sandbox's state file.

import { cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startSandbox } from '../../sandbox/index.js';
import { connect, deltaRound, get, listAll, token } from './clients.js';

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sandbox-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const WINDOW = 'startDateTime=2026-01-01T00:00:00Z&endDateTime=2028-01-01T00:00:00Z';

test('a sandbox that was killed continues with its tokens, cursors, edits and clock', async () => {
  const stateFile = join(folder, 'state.json');
  const killed = await startSandbox({ stateFile });
  const google = await connect(killed, 'google', 'ana@example.com');
  const microsoft = await connect(killed, 'microsoft', 'cleo@outlook.example');
  const { last } = await listAll(killed, google['access_token'], 'primary', {
    singleEvents: 'true',
  });
  const { deltaLink } = await deltaRound(
    killed,
    microsoft['access_token'],
    `/me/calendarView/delta?${WINDOW}`,
  );
  const ana = { provider: 'google', user: 'ana@example.com' } as const;
  killed.control.createEvent({
    ...ana,
    event: { start: '2027-05-05', end: '2027-05-06', title: 'Kept' },
  });
  killed.control.advanceClock(60_000);
  await pause(300);
  // After a SIGKILL, the disk would have the same files as now.
  const copy = join(folder, 'copy.json');
  cpSync(stateFile, copy);
  cpSync(`${stateFile}.calendars`, `${copy}.calendars`, { recursive: true });
  const { port } = new URL(killed.url);
  await killed.close();

  const sandbox = await startSandbox({ stateFile: copy, port: Number(port) });
  expect(sandbox.control.now().getTime()).toBeGreaterThan(Date.now() + 50_000);
  const query = { singleEvents: 'true', syncToken: last['nextSyncToken'] as string };
  expect((await listAll(sandbox, google['access_token'], 'primary', query)).items).toMatchObject([
    { summary: 'Kept' },
  ]);
  expect((await deltaRound(sandbox, microsoft['access_token'], deltaLink)).items).toEqual([]);
  expect((await get(sandbox, 'microsoft', microsoft['access_token'], '/me')).status).toBe(200);
  const refreshed = await token(sandbox, 'google', {
    grant_type: 'refresh_token',
    refresh_token: google['refresh_token'],
  });
  expect(refreshed.body['access_token']).not.toBe(google['access_token']);
  await sandbox.close();
  expect(readdirSync(folder).filter((name) => name.endsWith('.tmp'))).toEqual([]);
});
