// A JWT of the signed-in user, for the elements in the browser. It lives five minutes.

import { SignJWT } from 'jose';
import { setting } from '../../lib/service';
import { currentUser } from '../../lib/session';

export async function GET(): Promise<Response> {
  const user = await currentUser();
  if (user === null) return new Response(null, { status: 401 });
  const jwt = await new SignJWT({})
    .setSubject(user)
    .setProtectedHeader({ alg: 'HS256' })
    .setIssuedAt()
    .setExpirationTime('5m')
    .sign(new TextEncoder().encode(setting('JWT_SECRET')));
  return new Response(jwt, { headers: { 'Cache-Control': 'no-store' } });
}
