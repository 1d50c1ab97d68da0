// How a host that has its own session identifies the caller of a request.

import type { Request } from 'express';

/** How a host tells who is calling. Null: no one is signed in. */
export type HostCaller = (
  request: Request,
) =>
  | Promise<{ userId: string; admin?: boolean } | null>
  | { userId: string; admin?: boolean }
  | null;
