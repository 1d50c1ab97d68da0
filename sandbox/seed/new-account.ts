/** An account from its essentials. */
import type { Account } from '../world/state.js';

/** What must be known of a person. */
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
