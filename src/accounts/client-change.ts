// Grants that were given to another client id of this service. Today's client cannot refresh them.

import type { DataSource } from 'typeorm';
import { rowsOf } from '../database/rows.js';
import { ProviderError } from '../errors.js';
import type { ProviderId } from '../vocabulary.js';
import type { TokenRow } from './token-rows.js';

/** How long "today's client has no grant yet" is believed (milliseconds). */
const ASK_AGAIN_AFTER_MS = 60_000;

/** Decides what a refused refresh means where the client id of a provider was changed. */
export class ClientChange {
  private readonly found = new Map<string, { readonly works: boolean; readonly at: number }>();

  constructor(
    private readonly dataSource: DataSource,
    private readonly clientIdOf: (provider: ProviderId) => string | null,
    private readonly now: () => Date,
  ) {}

  /** The client id of the provider now; null where it is not configured. */
  currentId(provider: ProviderId): string | null {
    return this.clientIdOf(provider);
  }

  /**
   * `reauthorization_required` where the refusal proves that the grant belongs to another client
   * id; `error` in all other cases. A refusal that can also mean that today's client id or secret
   * is wrong is a proof only if today's client has a working grant of another account. So an
   * operator's typing mistake affects no account.
   */
  async judge({ provider, clientId }: TokenRow, error: unknown): Promise<unknown> {
    if (!(error instanceof ProviderError && error.code === 'provider_misconfigured')) return error;
    const current = this.clientIdOf(provider);
    if (clientId === null || current === null || clientId === current) return error;
    if (error.proves !== 'other_client' && !(await this.works(provider, current))) return error;
    return new ProviderError('reauthorization_required', {
      reason: `the grant was given to another client id: ${error.reason ?? ''}`,
      statusReason: 'revoked',
      cause: error,
    });
  }

  /** Whether a grant was given to the client, or refreshed by it. */
  private async works(provider: ProviderId, clientId: string): Promise<boolean> {
    const key = `${provider} ${clientId}`;
    const known = this.found.get(key);
    const at = this.now().getTime();
    if (known !== undefined && (known.works || at - known.at < ASK_AGAIN_AFTER_MS))
      return known.works;
    const rows = await rowsOf(
      this.dataSource,
      `SELECT 1 FROM connected_accounts WHERE provider = $1 AND client_id = $2 LIMIT 1`,
      [provider, clientId],
    );
    this.found.set(key, { works: rows.length > 0, at });
    return rows.length > 0;
  }
}
