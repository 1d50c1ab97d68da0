// Bodies of responses: larger than the limit, and with a byte order mark.

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Deployment, deploy } from '../support/deployment.js';
import { Person } from './person.js';

let deployment: Deployment;

beforeAll(async () => {
  deployment = await deploy({ environment: { PROVIDER_MAX_BODY_BYTES: '200000' } });
});
afterAll(() => deployment?.stop());

describe.each(['google', 'microsoft'] as const)('%s', (provider) => {
  test('a page that is too large is read in smaller pages, and changes stay incremental', async () => {
    const person = new Person(deployment, provider);
    for (let index = 0; index < 40; index += 1)
      person.add(`large ${index}`, 1, { description: 'x'.repeat(30_000) });
    expect(await person.connect()).toMatchObject({ state: 'idle', error: null });
    expect(await person.titles()).toHaveLength(40);
    expect((await person.calendar()).sync).toMatchObject({ error: null, skipped: 0 });
    expect((await person.event('large 7')).description).toHaveLength(30_000);
    for (let index = 0; index < 20; index += 1)
      person.add(`later ${index}`, 2, { description: 'x'.repeat(30_000) });
    await person.syncAgain();
    expect(await person.titles()).toHaveLength(60);
  });

  test('an event that alone is too large is shown without its long fields', async () => {
    const person = new Person(deployment, provider);
    person.add('before', 1);
    person.add('huge', 2, { description: 'x'.repeat(300_000), location: 'Room 1' });
    person.add('after', 3);
    person.add('daily', 4, { recurrence: 'RRULE:FREQ=DAILY;COUNT=2' });
    expect(await person.connect()).toMatchObject({ state: 'idle' });
    expect(await person.titles()).toEqual(['before', 'huge', 'after', 'daily', 'daily']);
    expect(await person.event('huge')).toMatchObject({ description: null, location: 'Room 1' });
    expect((await person.account()).lastSyncedAt).not.toBeNull();
  });

  test('a byte order mark before JSON is ignored, everywhere', async () => {
    const person = new Person(deployment, provider);
    person.add('a', 1);
    deployment.sandbox.control.addFault({ canned: 'byteOrderMark', provider });
    expect(await person.connect()).toMatchObject({ state: 'idle', error: null });
    expect(await person.titles()).toEqual(['a']);
    deployment.sandbox.control.clearFaults();
  });
});
