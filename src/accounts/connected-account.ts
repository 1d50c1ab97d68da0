// A connected account: a grant we keep, belonging to one user. One row per (user, provider,
// provider account).

import { Check, Column, Entity, Index, PrimaryColumn, Unique } from 'typeorm';
import type { Access, AccountStatus, StatusReason } from '../vocabulary.js';

/** A row of `connected_accounts`. */
@Entity({ name: 'connected_accounts' })
@Unique('connected_accounts_one_per_user', ['userId', 'provider', 'providerAccountId'])
@Check('connected_accounts_access_check', `access IN ('read', 'write')`)
@Check(
  'connected_accounts_status_check',
  `status IN ('connected', 'reauthorization_required', 'disconnecting')`,
)
// A descending order cannot be declared here: the migrations make these. The last two have only the
// few accounts that are not connected.
@Index('connected_accounts_by_user', { synchronize: false })
@Index('connected_accounts_by_age', { synchronize: false })
@Index('connected_accounts_by_provider', { synchronize: false })
@Index('connected_accounts_by_status', { synchronize: false })
@Index('connected_accounts_by_provider_and_status', { synchronize: false })
@Index('connected_accounts_by_provider_account', ['provider', 'providerAccountId'])
export class ConnectedAccount {
  @PrimaryColumn('uuid')
  id!: string;

  @Column('text', { name: 'user_id' })
  userId!: string;

  @Column('text')
  provider!: string;

  @Column({ type: 'text', name: 'provider_account_id', collation: 'C' })
  providerAccountId!: string;

  @Column('text', { nullable: true })
  email!: string | null;

  @Column('text', { name: 'display_name', nullable: true })
  displayName!: string | null;

  @Column('text', { array: true })
  scopes!: string[];

  /** What the scopes allow. */
  @Column('text', { default: 'write' })
  access!: Access;

  @Column('text')
  status!: AccountStatus;

  @Column('text', { name: 'status_reason', nullable: true })
  statusReason!: StatusReason | null;

  /** Sealed (token-cipher.ts). Only access-token.ts and disconnect.ts open it. */
  @Column('text', { name: 'access_token', select: false })
  accessToken!: string;

  @Column('text', { name: 'refresh_token', select: false })
  refreshToken!: string;

  @Column('timestamptz', { name: 'access_token_expires_at', select: false })
  accessTokenExpiresAt!: Date;

  /**
   * The client id of this service that the grant was given to, or that refreshed it last. Null for
   * a grant of version 0.1.0 that was not refreshed since.
   */
  @Column('text', { name: 'client_id', nullable: true, select: false })
  clientId!: string | null;

  /**
   * Grows with every change of the tokens, so that a slow refresh cannot overwrite a newer grant.
   */
  @Column('integer', { name: 'token_version', select: false, default: 1 })
  tokenVersion!: number;

  @Column('timestamptz', { name: 'connected_at' })
  connectedAt!: Date;

  @Column('timestamptz', { name: 'updated_at' })
  updatedAt!: Date;
}
