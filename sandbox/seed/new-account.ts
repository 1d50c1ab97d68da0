/** Creates an account from the details of a person. */
import type { Account } from '../world/state.js';

/** The details of a person. */
export type Person = Pick<Account, 'provider' | 'id' | 'email' | 'name' | 'timeZone' | 'locale'> &
  Partial<Account>;

/** A new account without calendars. */
export function newAccount(person: Person): Account {
  const [givenName = '', ...rest] = person.name.split(' ');
  return {
    givenName,
    familyName: rest.join(' '),
    calendars: [],
    listSeq: 0,
    listGeneration: 0,
    ...person,
  };
}
