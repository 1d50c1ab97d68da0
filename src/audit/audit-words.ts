// The words of the audit trail: what can be done, by whom, and how it ends.

/** What the trail records. */
export const AUDIT_ACTIONS = [
  'account.connect',
  'account.reconnect',
  'account.connect_refused',
  'account.disconnect',
  'account.import',
  'account.reauthorization_required',
  'token.lease',
  'proxy.request',
  'link.create',
  'user.erase',
  'user.export',
  'admin.read',
  'webhook_endpoint.create',
  'webhook_endpoint.update',
  'webhook_endpoint.delete',
  'keys.rotate',
  'admin_consent.request',
  'admin_consent.result',
  'event.create',
  'event.update',
  'event.delete',
  'event.rsvp',
] as const;
export type AuditAction = (typeof AUDIT_ACTIONS)[number];

/** `refused`: a rule, or a person, said no. `failed`: something did not work. */
export const AUDIT_OUTCOMES = ['success', 'refused', 'failed'] as const;
export type AuditOutcome = (typeof AUDIT_OUTCOMES)[number];

/**
 * Who did it. `link`: who came by a link and is not signed in. `system`: this service by
 * itself, or its operator.
 */
export const ACTOR_KINDS = ['user', 'admin', 'service', 'link', 'system'] as const;
export type ActorKind = (typeof ACTOR_KINDS)[number];

/** Who did something. */
export interface Actor {
  readonly kind: ActorKind;
  /** The user's id, or the name of a service caller; null for other kinds. */
  readonly id: string | null;
}

/** Who did something, and in which request. */
export interface DoneBy {
  readonly actor: Actor;
  /** Null where no request did it. */
  readonly requestId: string | null;
}

/** This service did it by itself. */
export const BY_SYSTEM: DoneBy = { actor: { kind: 'system', id: null }, requestId: null };

/** The visitor of a connect link, or an administrator who answers: no one who is signed in. */
export const VISITOR: Actor = { kind: 'link', id: null };

/** The host's own code did it, through the library. */
export const BY_HOST: DoneBy = { actor: { kind: 'service', id: null }, requestId: null };

/** An actor as one word: `user:ana`, `service:backend`, `system`. */
export const actorName = ({ kind, id }: Actor): string => (id === null ? kind : `${kind}:${id}`);
