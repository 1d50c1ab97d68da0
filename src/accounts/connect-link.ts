// A connect link: someone who is not signed in may connect an account for one user, once.

import { Column, Entity, Index, PrimaryColumn, Unique } from 'typeorm';
import type { Access } from '../vocabulary.js';

/** A row of `connect_links`. */
@Entity({ name: 'connect_links' })
@Unique('connect_links_token_hash_key', ['tokenHash'])
@Index('connect_links_by_user', ['userId'])
@Index('connect_links_by_expiry', ['expiresAt'])
export class ConnectLink {
  @PrimaryColumn('uuid')
  id!: string;

  /** The token itself is nowhere but in the link. */
  @Column('text', { name: 'token_hash' })
  tokenHash!: string;

  /** The user whose account it becomes. */
  @Column('text', { name: 'user_id' })
  userId!: string;

  /** How the page names that user; null: by id. */
  @Column('text', { name: 'user_label', nullable: true })
  userLabel!: string | null;

  /** Null: the visitor chooses. */
  @Column('text', { nullable: true })
  provider!: string | null;

  /** The account to reconnect; null for a new one. */
  @Column('uuid', { name: 'account_id', nullable: true })
  accountId!: string | null;

  /** The access to ask for; null: the usual one. */
  @Column('text', { nullable: true })
  access!: Access | null;

  /** The path at the frontend; null: the visitor ends on our page. */
  @Column('text', { name: 'return_to', nullable: true })
  returnTo!: string | null;

  @Column('timestamptz', { name: 'created_at', default: () => 'now()' })
  createdAt!: Date;

  @Column('timestamptz', { name: 'expires_at' })
  expiresAt!: Date;

  /** When an account was connected with it. */
  @Column('timestamptz', { name: 'spent_at', nullable: true })
  spentAt!: Date | null;
}
