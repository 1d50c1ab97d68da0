// An entry of the audit trail: who did what, when, to whose account. A trigger keeps it as written.

import { Column, Entity, Index, PrimaryGeneratedColumn } from 'typeorm';
import type { ActorKind, AuditAction, AuditOutcome } from './audit-words.js';

/** Plain facts about what was done. Never a secret, a user's id or the content of an event. */
export type AuditDetails = Readonly<Record<string, string | number | boolean | null>>;

/** A row of `audit_entries`. */
@Entity({ name: 'audit_entries' })
@Index('audit_entries_by_time', ['at', 'id'])
@Index('audit_entries_by_user', ['userId', 'at', 'id'])
@Index('audit_entries_by_account', ['accountId', 'at', 'id'])
@Index('audit_entries_by_action', ['action', 'at', 'id'])
@Index('audit_entries_by_actor', ['actorId'])
export class AuditEntry {
  @PrimaryGeneratedColumn('uuid')
  id!: string;

  @Column('timestamptz', { default: () => 'clock_timestamp()' })
  at!: Date;

  @Column('text')
  action!: AuditAction;

  @Column('text', { name: 'actor_kind' })
  actorKind!: ActorKind;

  /** The user, the admin or the name of the service caller; null for other kinds. */
  @Column('text', { name: 'actor_id', nullable: true })
  actorId!: string | null;

  /** The user whom it concerns. */
  @Column('text', { name: 'user_id', nullable: true })
  userId!: string | null;

  @Column('uuid', { name: 'account_id', nullable: true })
  accountId!: string | null;

  @Column('text', { nullable: true })
  provider!: string | null;

  @Column('text')
  outcome!: AuditOutcome;

  @Column('text', { name: 'request_id', nullable: true })
  requestId!: string | null;

  @Column('jsonb', { default: {} })
  details!: AuditDetails;
}
