// Who does what a request asks for, as the audit trail names them.

import type { Response } from 'express';
import type { Actor, DoneBy } from '../audit/audit-words.js';
import { callerOf, requestIdOf } from './request-context.js';

/** The caller of the request. @throws IntegrationError `unauthenticated` where there is none */
export function doneByCaller(response: Response): DoneBy {
  const caller = callerOf(response);
  const id = caller.kind === 'service' ? caller.name : caller.userId;
  return { actor: { kind: caller.kind, id }, requestId: requestIdOf(response) };
}

/** Someone whom the request proves otherwise. */
export function doneBy(response: Response, actor: Actor): DoneBy {
  return { actor, requestId: requestIdOf(response) };
}
