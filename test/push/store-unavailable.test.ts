/** PostgreSQL does not respond: no notice is acknowledged that could be lost. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type Deployment, deploy } from '../support/deployment.js';
import { startThrowawayPostgres, type ThrowawayPostgres } from '../support/servers.js';
import { PEOPLE, pause, until } from './push-deployment.js';

let postgres: ThrowawayPostgres;
let deployment: Deployment;

beforeAll(async () => {
  postgres = await startThrowawayPostgres();
  deployment = await deploy({
    push: true,
    sandbox: { contents: 'empty' },
    environment: { DATABASE_URL: postgres.url },
  });
}, 60_000);
afterAll(async () => {
  postgres?.thaw();
  await deployment?.stop();
  await postgres?.stop();
}, 60_000);

test('notices during a frozen database get 503 in time, and are accepted afterwards', async () => {
  const browser = deployment.browser('a-user');
  const accountId = await browser.connectAndSync('google', { as: PEOPLE.google });
  const push = async () =>
    (await browser.get(`/integrations/accounts/${accountId}`)).body.push.state;
  await until(async () => (await push()) === 'active');
  await pause(5_000);
  await browser.synced(accountId);
  const channel = deployment.sandbox.control.channels()[0];
  const notify = async () => {
    const began = performance.now();
    const response = await fetch(`${deployment.url}/integrations/webhooks/google`, {
      method: 'POST',
      headers: {
        'X-Goog-Channel-ID': channel?.id ?? '',
        'X-Goog-Channel-Token': channel?.token ?? '',
        'X-Goog-Resource-ID': channel?.resourceId ?? '',
        'X-Goog-Resource-State': 'exists',
      },
    });
    return { response, ms: performance.now() - began };
  };
  postgres.freeze();
  const answers = await Promise.all(Array.from({ length: 100 }, notify));
  postgres.thaw();
  expect(new Set(answers.map(({ response }) => response.status))).toEqual(new Set([503]));
  expect(answers[0]?.response.headers.get('retry-after')).toBe('3');
  expect(await answers[0]?.response.json()).toMatchObject({ code: 'temporarily_unavailable' });
  expect(Math.max(...answers.map(({ ms }) => ms))).toBeLessThan(5_000);
  await until(async () => (await notify()).response.status === 202);
  const began = Date.now();
  await until(async () => {
    const { body } = await browser.get(`/integrations/sync/${accountId}`);
    return body.trigger === 'push' && body.state === 'idle' && Date.parse(body.startedAt) > began;
  });
}, 60_000);
