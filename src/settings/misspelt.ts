// Variables of the environment whose names are close to ours: misspelt ones have no effect, and
// should not go unnoticed.

import type { Environment } from '../environment.js';
import { editsBetween } from '../nearest-name.js';
import { PROVIDERS } from '../providers/catalogue.js';

/** A variable that is set but not ours, and the one of ours that it is close to. */
export interface Misspelt {
  readonly given: string;
  readonly meant: string;
}

const OWN_PREFIX = /^(CALENDAR_?CONNECT|INTEGRATIONS|CALENDARS?)_/;
const LAST_WORDS = ['ID', 'KEY', 'URI', 'URL', 'VALUE'];
/** Shorter names are close to too many others. */
const SHORTEST = 8;
/** Names of this length may have two wrong letters, shorter ones one. */
const LONG = 10;

const isSet = (environment: Environment, name: string) => (environment[name] ?? '').trim() !== '';
const wordsOf = (name: string) => name.toUpperCase().split(/[_.-]+/);
const lettersOf = (name: string) => wordsOf(name).join('');

/** The same words with few wrong letters, of which a short word may have one. */
function hasFewWrongLetters(given: string, ours: string): boolean {
  const [words, right] = [wordsOf(given), wordsOf(ours)];
  const most = ours.length >= LONG ? 2 : 1;
  if (words.length !== right.length)
    return ours.length >= LONG && editsBetween(lettersOf(given), lettersOf(ours)) <= 1;
  const edits = words.map((word, place) => editsBetween(word, right[place] ?? ''));
  const isShort = (place: number) => (right[place] ?? '').length <= 4;
  return (
    edits.every((count, place) => count <= (isShort(place) ? 1 : 2)) &&
    edits.reduce((sum, count) => sum + count, 0) <= most
  );
}

/** The word that `given` has beside the words of `ours`, in their order; null where it is not one. */
function extraWord(given: string, ours: string): { word: string; place: number } | null {
  const [words, right] = [wordsOf(given), wordsOf(ours)];
  if (words.length !== right.length + 1) return null;
  const place = words.findIndex((word, index) => word !== right[index]);
  const word = words[place] ?? '';
  return words.toSpliced(place, 1).join() === right.join() ? { word, place } : null;
}

/** `GOOGLE_OAUTH_CLIENT_ID`, `MICROSOFT_TENANT_ID`. */
function hasExtraWordOfProvider(given: string, ours: string): boolean {
  const extra = extraWord(given, ours);
  if (extra === null || !PROVIDERS.has(wordsOf(ours)[0]?.toLowerCase() ?? '')) return false;
  const isLast = extra.place === wordsOf(ours).length;
  return extra.place > 0 && (!isLast || LAST_WORDS.includes(extra.word));
}

function isClose(given: string, ours: string): boolean {
  if (ours.length < SHORTEST) return false;
  const hasAllSeparators = wordsOf(given).length === wordsOf(ours).length;
  return (
    (lettersOf(given) === lettersOf(ours) && (hasAllSeparators || ours.length >= LONG)) ||
    wordsOf(given).sort().join() === wordsOf(ours).sort().join() ||
    given.toUpperCase().replace(OWN_PREFIX, '') === ours ||
    hasFewWrongLetters(given, ours) ||
    hasExtraWordOfProvider(given, ours)
  );
}

function closest(names: readonly string[], to: string): string | undefined {
  const edits = (name: string) => editsBetween(name.toUpperCase(), to.toUpperCase());
  return names.toSorted((one, other) => edits(one) - edits(other))[0];
}

/**
 * The set variables that are close to an unset one of `known`. Where that one is set, the other
 * belongs to another program.
 */
export function misspeltVariables(
  environment: Environment,
  known: readonly string[],
): readonly Misspelt[] {
  const unset = known.filter((name) => !isSet(environment, name));
  return Object.keys(environment)
    .filter((given) => !known.includes(given) && isSet(environment, given))
    .flatMap((given) => {
      const meant = closest(
        unset.filter((name) => isClose(given, name)),
        given,
      );
      return meant === undefined ? [] : [{ given, meant }];
    });
}

/**
 * The set variable that may be meant by `missing`: less strict than {@link misspeltVariables},
 * because something is missing.
 */
export function givenInPlaceOf(
  missing: string,
  environment: Environment,
  known: readonly string[],
): string | undefined {
  if (isSet(environment, missing)) return undefined;
  const others = Object.keys(environment).filter(
    (given) => !known.includes(given) && isSet(environment, given),
  );
  const isLike = (given: string) => isClose(given, missing) || extraWord(given, missing) !== null;
  return closest(others.filter(isLike), missing);
}

/** The name of `names` that a misspelt one is closest to, if one is close. */
export const closeName = (name: string, names: readonly string[]): string | undefined =>
  closest(
    names.filter((one) => lettersOf(one) === lettersOf(name) || hasFewWrongLetters(name, one)),
    name,
  );
