/** Proof Key for Code Exchange (RFC 7636). */
import { createHash } from 'node:crypto';

/** Whether a challenge or verifier has an allowed length and characters (sections 4.1 and 4.2). */
export function isWellFormed(text: string): boolean {
  return /^[A-Za-z0-9\-._~]{43,128}$/.test(text);
}

/** Whether the verifier matches the challenge (section 4.6). */
export function matchesChallenge(verifier: string, challenge: string, method: string): boolean {
  if (!isWellFormed(verifier)) return false;
  const computed =
    method === 'S256' ? createHash('sha256').update(verifier).digest('base64url') : verifier;
  return computed === challenge;
}
