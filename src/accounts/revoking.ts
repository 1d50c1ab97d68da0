// Revokes a grant at its provider, where that affects no one else.

import type { DataSource } from 'typeorm';
import { rowsOf } from '../database/rows.js';
import { IntegrationError } from '../errors.js';
import type { Provider } from '../providers/provider.js';
import type { NotRevoked, ProviderId } from '../vocabulary.js';

/** How a provider revokes a grant, or why it cannot. */
export type Revoke =
  | { readonly revoke: (token: string) => Promise<'revoked' | 'gone'> }
  | { readonly cannot: NotRevoked };

export interface GrantToRevoke {
  readonly provider: ProviderId;
  readonly providerAccountId: string;
  /** The account that gives up the grant; null where the grant never became one. */
  readonly accountId: string | null;
}

export class Revoking {
  constructor(
    private readonly dataSource: DataSource,
    private readonly revocationOf: (provider: ProviderId) => Revoke,
  ) {}

  /**
   * Revokes the grant. It never throws because of the provider.
   * @param openToken called only where there is something to revoke
   * @returns null when the grant was revoked now, or why it was not
   */
  async revoke(grant: GrantToRevoke, openToken: () => string): Promise<NotRevoked | null> {
    const revocation = this.revocationOf(grant.provider);
    if ('cannot' in revocation) return revocation.cannot;
    if (await this.isShared(grant)) return 'shared_grant';
    try {
      return (await revocation.revoke(openToken())) === 'gone' ? 'already_revoked' : null;
    } catch (error) {
      if (error instanceof IntegrationError && error.code.startsWith('token_'))
        return 'token_unreadable';
      return 'provider_unavailable';
    }
  }

  /**
   * Revoking ends the grant for every user who connected this provider account through us. An
   * account that needs a new grant has none to lose.
   */
  private async isShared({
    provider,
    providerAccountId,
    accountId,
  }: GrantToRevoke): Promise<boolean> {
    const others = await rowsOf(
      this.dataSource,
      `SELECT 1 FROM connected_accounts
        WHERE provider = $1 AND provider_account_id = $2 AND id IS DISTINCT FROM $3
          AND status = 'connected' LIMIT 1`,
      [provider, providerAccountId, accountId],
    );
    return others.length > 0;
  }
}

/** How a provider of this deployment revokes a grant. */
export function revocationOf(provider: Provider | undefined): Revoke {
  if (provider === undefined) return { cannot: 'provider_not_configured' };
  const { revocation } = provider;
  if (revocation === null) return { cannot: 'not_supported' };
  return revocation === 'disabled'
    ? { cannot: 'disabled' }
    : { revoke: (token) => revocation.revoke(token) };
}
