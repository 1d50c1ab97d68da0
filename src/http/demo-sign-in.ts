// Demo sign-in for local mode: mints a JWT for a user or an admin, as a product's own sign-in would.

import type { RequestHandler } from 'express';
import { SignJWT } from 'jose';
import type { JwtConfig } from '../config.js';
import { DemoBody } from './schemas.js';
import { parseBody } from './validate.js';

const LIFE_SECONDS = 8 * 3_600;

/** Mounted in local mode alone, and only while no JWT settings of a product exist. */
export function demoSignIn(jwt: JwtConfig, now: () => number = Date.now): RequestHandler {
  return async (request, response) => {
    const { as } = parseBody(request, DemoBody);
    const issuedAt = Math.floor(now() / 1_000);
    const userId = `demo-${as}`;
    const token = await new SignJWT({
      [jwt.userClaim]: userId,
      [jwt.rolesClaim]: as === 'admin' ? [jwt.adminRole] : [],
    })
      .setProtectedHeader({ alg: jwt.algorithms[0] ?? 'HS256' })
      .setIssuedAt(issuedAt)
      .setExpirationTime(issuedAt + LIFE_SECONDS)
      .sign(jwt.secret!);
    response.json({
      token,
      expiresAt: new Date((issuedAt + LIFE_SECONDS) * 1_000).toISOString(),
      userId,
    });
  };
}
