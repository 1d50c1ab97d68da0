// Ending a grant at its provider, where that harms nobody else.

import type { DataSource } from 'typeorm';
import { IntegrationError } from '../errors.js';
import type { ProviderId } from '../vocabulary.js';

/** Why nothing was revoked; null when it was. */
export type NotRevoked =
  | 'not_supported'
  | 'disabled'
  | 'shared_grant'
  | 'already_revoked'
  | 'provider_unavailable'
  | 'token_unreadable'
  | 'provider_not_configured';

/** Ends a grant at its provider; absent ways say why. */
export type Revoke =
  | { readonly revoke: (token: string) => Promise<'revoked' | 'gone'> }
  | { readonly cannot: NotRevoked };

/** Whose grant it is. */
export interface GrantToRevoke {
  readonly provider: ProviderId;
  readonly providerAccountId: string;
  /** The account that lets go of it; null where it never became one. */
  readonly accountId: string | null;
}

export class Revoking {
  constructor(
    private readonly dataSource: DataSource,
    private readonly revocationOf: (provider: ProviderId) => Revoke,
  ) {}

  /** @param openToken called where there is something to revoke. @returns null when it was revoked now. Never rejects for the provider's sake */
  async revoke(grant: GrantToRevoke, openToken: () => string): Promise<NotRevoked | null> {
    const way = this.revocationOf(grant.provider);
    if ('cannot' in way) return way.cannot;
    // Revoking at such a provider ends the grant for everyone who connected this very account through us. One that waits
    // for its user has none to lose.
    const others = await this.dataSource.query(
      `SELECT 1 FROM connected_accounts
        WHERE provider = $1 AND provider_account_id = $2 AND id IS DISTINCT FROM $3 AND status = 'connected' LIMIT 1`,
      [grant.provider, grant.providerAccountId, grant.accountId],
    );
    if (others.length > 0) return 'shared_grant';
    try {
      return (await way.revoke(openToken())) === 'gone' ? 'already_revoked' : null;
    } catch (error) {
      if (error instanceof IntegrationError && error.code.startsWith('token_'))
        return 'token_unreadable';
      return 'provider_unavailable';
    }
  }
}
