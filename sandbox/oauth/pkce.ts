/** Proof Key for Code Exchange (RFC 7636). */
import { createHash } from 'node:crypto';

/** True for a challenge or verifier of allowed length and characters (sections 4.1 and 4.2). */
export function isWellFormed(text: string): boolean {
  return /^[A-Za-z0-9\-._~]{43,128}$/.test(text);
}

/** True when the verifier answers the challenge. */
export function answers(verifier: string, challenge: string, method: string): boolean {
  if (!isWellFormed(verifier)) return false;
  const answer =
    method === 'S256' ? createHash('sha256').update(verifier).digest('base64url') : verifier;
  return answer === challenge;
}
