// A consent attempt: one row per callback. It refuses a state that comes back twice, and keeps the
// tokens until an account has them.

import { Check, Column, Entity, Index, PrimaryColumn, Unique } from 'typeorm';
import type { ErrorCode } from '../errors.js';
import type { Access } from '../vocabulary.js';

export type AttemptStatus = 'started' | 'exchanged' | 'done' | 'failed';

/** A row of `authorization_attempts`. */
@Entity({ name: 'authorization_attempts' })
@Unique('authorization_attempts_state_hash_key', ['stateHash'])
@Check(
  'authorization_attempts_status_check',
  `status IN ('started', 'exchanged', 'done', 'failed')`,
)
@Index('authorization_attempts_open', ['updatedAt'], {
  where: `status IN ('started', 'exchanged')`,
})
@Index('authorization_attempts_by_age', ['createdAt'])
export class ConsentAttempt {
  @PrimaryColumn('uuid')
  id!: string;

  @Column('text', { name: 'state_hash' })
  stateHash!: string;

  @Column('text', { name: 'user_id' })
  userId!: string;

  @Column('text')
  provider!: string;

  @Column('uuid', { name: 'reconnect_account_id', nullable: true })
  reconnectAccountId!: string | null;

  /** The connect link with which it began. */
  @Column('uuid', { name: 'link_id', nullable: true })
  linkId!: string | null;

  /** The requested access. */
  @Column('text', { default: 'write' })
  access!: Access;

  @Column('text')
  status!: AttemptStatus;

  @Column('text', { name: 'error_code', nullable: true })
  errorCode!: ErrorCode | null;

  /** Sealed, and only while the attempt is `exchanged`. */
  @Column('text', { name: 'access_token', nullable: true })
  accessToken!: string | null;

  @Column('text', { name: 'refresh_token', nullable: true })
  refreshToken!: string | null;

  @Column('timestamptz', { name: 'access_token_expires_at', nullable: true })
  accessTokenExpiresAt!: Date | null;

  @Column('text', { nullable: true })
  scope!: string | null;

  @Column('uuid', { name: 'account_id', nullable: true })
  accountId!: string | null;

  @Column('timestamptz', { name: 'created_at', default: () => 'now()' })
  createdAt!: Date;

  @Column('timestamptz', { name: 'updated_at', default: () => 'now()' })
  updatedAt!: Date;
}
