// Microsoft's numbered reasons (AADSTS…), by what they ask of whom. The numbers refine OAuth's `error`, they do not replace it:
// learn.microsoft.com/entra/identity-platform/reference-error-codes.

/** Why a number matters here. `consent` is missing consent: the user's to give, or an administrator's. */
export type Meaning =
  | 'denied'
  | 'admin'
  | 'consent'
  | 'expired'
  | 'revoked'
  | 'operator'
  | 'transient';

const MEANINGS: ReadonlyMap<number, Meaning> = new Map([
  [65004, 'denied'],
  [90094, 'admin'],
  [90095, 'admin'],
  [900941, 'admin'],
  [50105, 'admin'],
  [53000, 'admin'],
  [53001, 'admin'],
  [53003, 'admin'],
  [65001, 'consent'],
  [70008, 'expired'],
  [70043, 'expired'],
  [700082, 'expired'],
  [700084, 'expired'],
  [50076, 'expired'],
  [50079, 'expired'],
  [50173, 'revoked'],
  [50194, 'operator'],
  [50011, 'operator'],
  [700016, 'operator'],
  [7000215, 'operator'],
  [7000222, 'operator'],
  [50196, 'transient'],
  [90006, 'transient'],
  [90033, 'transient'],
]);

/** The first number that means something here, as that; null when none does. */
export function meaningOf(codes: readonly number[]): Meaning | null {
  for (const code of codes) {
    const meaning = MEANINGS.get(code);
    if (meaning !== undefined) return meaning;
  }
  return null;
}

/** The numbers inside a description: the only place where a redirect carries them. */
export function codesIn(description: string | null): readonly number[] {
  return [...(description ?? '').slice(0, 2000).matchAll(/AADSTS(\d{4,9})/g)].map((match) =>
    Number(match[1]),
  );
}
