// A request for the consent of an administrator, who is not signed in.

import { Column, Entity, Index, PrimaryColumn, Unique } from 'typeorm';

/** What an administrator decided, as the provider reports it. A hint for people. */
export type AdminDecision = 'granted' | 'refused';

/** A row of `admin_consent_requests`. */
@Entity({ name: 'admin_consent_requests' })
@Unique('admin_consent_requests_state_hash_key', ['stateHash'])
@Index('admin_consent_requests_by_user', ['userId'])
@Index('admin_consent_requests_by_expiry', ['expiresAt'])
export class AdminConsentRequest {
  @PrimaryColumn('uuid')
  id!: string;

  /** The state itself is nowhere but in the link. */
  @Column('text', { name: 'state_hash' })
  stateHash!: string;

  /** The user who asked. */
  @Column('text', { name: 'user_id' })
  userId!: string;

  @Column('text')
  provider!: string;

  /** The client that asks for consent. */
  @Column('text', { name: 'client_id' })
  clientId!: string;

  @Column('timestamptz', { name: 'created_at', default: () => 'now()' })
  createdAt!: Date;

  @Column('timestamptz', { name: 'expires_at' })
  expiresAt!: Date;

  /** Null until the link was answered. */
  @Column('text', { nullable: true })
  decision!: AdminDecision | null;

  @Column('timestamptz', { name: 'decided_at', nullable: true })
  decidedAt!: Date | null;
}
