// Who is signed in. Your product has this already; here it is a cookie with a name.

import 'server-only';
import { cookies } from 'next/headers';

export async function currentUser(): Promise<string | null> {
  return (await cookies()).get('user')?.value ?? null;
}

export async function signIn(form: FormData): Promise<void> {
  'use server';
  (await cookies()).set('user', String(form.get('user') || 'ana'), { httpOnly: true });
}

export async function signOut(): Promise<void> {
  'use server';
  (await cookies()).delete('user');
}
