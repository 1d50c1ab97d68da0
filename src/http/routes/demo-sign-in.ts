// Demo sign-in of local mode: makes a JWT for a user or an admin, as a product's own sign-in would.

import type { KeyObject } from 'node:crypto';
import { SignJWT } from 'jose';
import { z } from 'zod';
import type { JwtConfig } from '../../config.js';
import { IntegrationError } from '../../errors.js';
import { json, type Shown } from '../answers.js';
import { route } from '../route.js';
import { instant } from '../schemas.js';

const LIFE_SECONDS = 8 * 3_600;

const DemoBody = z.strictObject({ as: z.enum(['user', 'admin']) });
const DemoToken = z
  .object({ token: z.string(), expiresAt: instant, userId: z.string() })
  .meta({ id: 'DemoToken' });

/** Makes the JWT of a demo user. It is valid for eight hours. */
export type DemoSignIn = (as: 'user' | 'admin') => Promise<Shown<typeof DemoToken>>;

/** Makes JWTs with the claims that `jwt` names. @param secret the key that also verifies them */
export function demoSignIn(
  jwt: JwtConfig,
  secret: KeyObject,
  now: () => number = Date.now,
): DemoSignIn {
  return async (as) => {
    const issuedAt = Math.floor(now() / 1_000);
    const userId = `demo-${as}`;
    const token = await new SignJWT({
      [jwt.userClaim]: userId,
      [jwt.rolesClaim]: as === 'admin' ? [jwt.adminRole] : [],
    })
      .setProtectedHeader({ alg: jwt.algorithms[0] ?? 'HS256' })
      .setIssuedAt(issuedAt)
      .setExpirationTime(issuedAt + LIFE_SECONDS)
      .sign(secret);
    return { token, expiresAt: new Date((issuedAt + LIFE_SECONDS) * 1_000).toISOString(), userId };
  };
}

/**
 * `POST /demo-sign-in`: only in local mode, only while no JWT settings of a product exist, and not
 * in the document.
 */
export const demoSignInRoute = route({
  method: 'post',
  path: '/demo-sign-in',
  operationId: 'demoSignIn',
  tag: 'Sessions',
  summary: 'Sign in as a demo user',
  who: 'anyone',
  body: DemoBody,
  answer: json(200, DemoToken, 'A JWT for the demo user'),
  handle({ body, services }) {
    if (services.demoSignIn === null) throw new IntegrationError('not_found');
    return services.demoSignIn(body.as);
  },
});
