// Field report 01: values of providers that are longer than usual are accepted.

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Deployment, deploy } from '../support/deployment.js';
import { Person } from './person.js';

let deployment: Deployment;

beforeAll(async () => {
  deployment = await deploy();
});
afterAll(() => deployment?.stop());

const providers = ['google', 'microsoft'] as const;

describe.each(providers)('%s', (provider) => {
  test.each([2_048, 2_049, 3_000, 16_384])(
    'a code of %i characters is exchanged',
    async (length) => {
      deployment.sandbox.control.configure({ [provider]: { codeLength: length } });
      const person = new Person(deployment, provider);
      expect(await person.connect()).toMatchObject({ state: 'idle', error: null });
      deployment.sandbox.control.configure({ [provider]: { codeLength: null } });
    },
  );

  test('a code above the bound is no callback, and the log says so', async () => {
    deployment.sandbox.control.configure({ [provider]: { codeLength: 16_385 } });
    const person = new Person(deployment, provider);
    const end = await person.browser.connect(provider, { as: person.email });
    expect(end.searchParams.get('error')).toBe('invalid_state');
    deployment.sandbox.control.configure({ [provider]: { codeLength: null } });
  });
});

test('long links, names and identifiers are shown whole', async () => {
  const person = new Person(deployment, 'google');
  const url = `https://meet.example.com/${'x'.repeat(8_000)}?name=Zo%C3%AB`;
  const uid = `${'u'.repeat(1_500)}@example.com`;
  person.add('long', 1, {
    extra: { iCalUID: uid, hangoutLink: url, htmlLink: url, etag: `"${'e'.repeat(1_500)}"` },
  });
  await person.connect();
  expect(await person.event('long')).toMatchObject({
    iCalUid: uid,
    conferenceUrl: url,
    link: url,
    etag: `"${'e'.repeat(1_500)}"`,
  });
});

test('an identifier that no index holds costs its own event or calendar alone', async () => {
  const person = new Person(deployment, 'google');
  person.add('good', 1);
  person.add('bad', 1, { extra: { id: 'я'.repeat(2_000) } });
  person.addCalendar({ name: 'Too long', id: `${'z'.repeat(3_000)}@group.calendar.google.com` });
  expect(await person.connect()).toMatchObject({ state: 'idle', error: null });
  expect(await person.titles()).toEqual(['good']);
  expect((await person.calendar()).sync).toMatchObject({ error: null, skipped: 1 });
});
