// Finds the name that was probably meant by a misspelt one.

/**
 * The name of `known` nearest to `given`; null where none is near. Case, `_` and `-` do not count.
 * A third of the letters may be wrong, missing, added or swapped.
 */
export function nearestName(given: string, known: Iterable<string>): string | null {
  const wanted = plain(given);
  let nearest: string | null = null;
  let least = Number.POSITIVE_INFINITY;
  for (const name of known) {
    const other = plain(name);
    const most = Math.max(1, Math.floor(Math.min(wanted.length, other.length) / 3));
    if (Math.abs(wanted.length - other.length) > most) continue;
    const edits = editsBetween(wanted, other);
    if (edits <= most && edits < least) [nearest, least] = [name, edits];
  }
  return nearest;
}

const plain = (name: string): string => name.toLowerCase().replaceAll(/[_-]/g, '');

/**
 * The number of letters to change, insert, remove or swap with their neighbour (the optimal string
 * alignment distance).
 */
export function editsBetween(one: string, other: string): number {
  let before: number[] = [];
  let previous = Array.from({ length: other.length + 1 }, (_, column) => column);
  for (let row = 1; row <= one.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= other.length; column += 1) {
      const isSame = one[row - 1] === other[column - 1];
      const isSwapped = one[row - 1] === other[column - 2] && one[row - 2] === other[column - 1];
      current[column] = Math.min(
        (previous[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
        (previous[column - 1] ?? 0) + (isSame ? 0 : 1),
        isSwapped ? (before[column - 2] ?? 0) + 1 : Number.POSITIVE_INFINITY,
      );
    }
    [before, previous] = [previous, current];
  }
  return previous[other.length] ?? 0;
}
