// Microsoft's numbered error codes (AADSTS…) by their meaning for us. A code refines OAuth's
// `error` and does not replace it:
// learn.microsoft.com/entra/identity-platform/reference-error-codes.

/**
 * What a code means here. `consent`: consent is missing, which the user or an administrator has to
 * give.
 */
export type Meaning =
  | 'denied'
  | 'admin'
  | 'consent'
  | 'expired'
  | 'revoked'
  | 'operator'
  | 'transient';

const MEANINGS: ReadonlyMap<string, Meaning> = new Map([
  ['AADSTS65004', 'denied'],
  // The app needs the consent of an administrator.
  ['AADSTS90093', 'admin'],
  ['AADSTS90094', 'admin'],
  ['AADSTS90095', 'admin'],
  ['AADSTS90099', 'admin'],
  ['AADSTS900941', 'admin'],
  // The tenant lacks the app, a service that it needs, or the consent to its permissions.
  ['AADSTS65005', 'admin'],
  ['AADSTS650051', 'admin'],
  ['AADSTS650052', 'admin'],
  ['AADSTS500011', 'admin'],
  ['AADSTS500014', 'admin'],
  // Assignment or Conditional Access, which only an administrator changes.
  ['AADSTS50105', 'admin'],
  ['AADSTS53000', 'admin'],
  ['AADSTS53001', 'admin'],
  ['AADSTS53002', 'admin'],
  ['AADSTS53003', 'admin'],
  ['AADSTS530031', 'admin'],
  ['AADSTS530032', 'admin'],
  ['AADSTS65001', 'consent'],
  ['AADSTS90008', 'consent'],
  ['AADSTS70008', 'expired'],
  ['AADSTS70043', 'expired'],
  ['AADSTS700082', 'expired'],
  ['AADSTS700084', 'expired'],
  ['AADSTS50076', 'expired'],
  ['AADSTS50079', 'expired'],
  ['AADSTS50173', 'revoked'],
  ['AADSTS50194', 'operator'],
  ['AADSTS50011', 'operator'],
  ['AADSTS650053', 'operator'],
  ['AADSTS650057', 'operator'],
  ['AADSTS700016', 'operator'],
  ['AADSTS7000215', 'operator'],
  ['AADSTS7000222', 'operator'],
  ['AADSTS50196', 'transient'],
  ['AADSTS90006', 'transient'],
  ['AADSTS90033', 'transient'],
]);

const MOST_CODES = 100;
const LONGEST_DESCRIPTION = 2000;

/** The meaning of the first code that has one here; null when none has. */
export function meaningOf(codes: readonly string[]): Meaning | null {
  for (const code of codes) {
    const meaning = MEANINGS.get(code);
    if (meaning !== undefined) return meaning;
  }
  return null;
}

/** Whether one of the codes has this meaning. */
export function hasMeaning(codes: readonly string[], meaning: Meaning): boolean {
  return codes.some((code) => MEANINGS.get(code) === meaning);
}

/** The codes in a description. In a callback they stand nowhere else. */
export function codesIn(description: string | null): readonly string[] {
  const found = (description ?? '').slice(0, LONGEST_DESCRIPTION).matchAll(/AADSTS\d{4,9}/g);
  return [...found].map(([code]) => code);
}

/**
 * The words that refine a refusal of the token endpoint: `suberror`, then the codes of
 * `error_codes`, the description, or the link to the page about the error.
 */
export function refusalDetails(body: Readonly<Record<string, unknown>>): readonly string[] {
  const { suberror, error_codes: numbers, error_description: description, error_uri: uri } = body;
  const listed = (Array.isArray(numbers) ? numbers : [numbers])
    .slice(0, MOST_CODES)
    .filter((one) => /^\d{4,9}$/.test(String(one)))
    .map((number) => `AADSTS${number}`);
  const described = codesIn(typeof description === 'string' ? description : null);
  const linked = codesIn(typeof uri === 'string' ? uri.replace(/.*[?&]code=/, 'AADSTS') : null);
  const codes = [listed, described, linked].find((found) => found.length > 0) ?? [];
  return [...(typeof suberror === 'string' ? [suberror] : []), ...codes];
}
