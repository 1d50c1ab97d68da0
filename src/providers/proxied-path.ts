// Reads a path that a host wants to request at a provider. Only what every server reads in the same
// way is accepted.

const LONGEST = 4_096;
const MOST_SEGMENTS = 12;

/** The characters of RFC 3986 section 3.3, without `;`, to which servers give a meaning. */
const SENT = /^(?:[\w.~!$&'()*+,:=@-]|%[0-9A-Fa-f]{2})+$/;

/** Visible ASCII, without slashes and `;`, and without `%`, which would be encoded twice. */
const DECODED = /^[\x21-\x7e]+$/;
const AMBIGUOUS = /[/\\;%]/;

/** `.` and `..`; servers have been seen to remove longer ones too. */
const DOTS = /^\.+$/;

/**
 * The decoded segments of a path as it was sent; null for a path that another server could read in
 * another way: with empty segments, dots, encoded slashes, something that is encoded twice, control
 * characters or letters beyond ASCII.
 */
export function readPath(path: string): readonly string[] | null {
  if (path.length > LONGEST) return null;
  const segments: string[] = [];
  for (const sent of path.split('/')) {
    if (!SENT.test(sent)) return null;
    const segment = decoded(sent);
    if (segment === null || !DECODED.test(segment)) return null;
    if (AMBIGUOUS.test(segment) || DOTS.test(segment)) return null;
    segments.push(segment);
  }
  return segments.length > MOST_SEGMENTS ? null : segments;
}

function decoded(segment: string): string | null {
  try {
    return decodeURIComponent(segment);
  } catch {
    return null;
  }
}
