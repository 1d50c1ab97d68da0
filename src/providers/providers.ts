// The face of this room: the providers of one service, as configured.

import { IntegrationError } from '../errors.js';
import type { ProviderId } from '../vocabulary.js';
import { PROVIDERS } from './catalogue.js';
import type { HttpClient } from './http-client.js';
import type { Provider, ProviderSettings } from './provider.js';

/** The providers of one service. */
export interface Providers {
  /** Every configured provider, in the order of the catalogue. */
  readonly configured: readonly Provider[];
  /** The ids of every provider of the catalogue, configured or not. */
  readonly knownIds: readonly ProviderId[];
  /** Whether the catalogue has this provider, configured or not. */
  isKnown(id: string): boolean;
  /** The configured provider of this id. */
  find(id: string): Provider | undefined;
  /**
   * The configured provider of this id.
   * @throws IntegrationError `unsupported_provider` for an unknown id, `provider_not_configured`
   * for a known one
   */
  require(id: string): Provider;
}

/**
 * Creates every provider that `settings` has an entry for. They share one HTTP client.
 * @param settings by provider id
 */
export function createProviders(
  settings: ReadonlyMap<ProviderId, ProviderSettings>,
  http: HttpClient,
): Providers {
  const providers = new Map<ProviderId, Provider>();
  for (const definition of PROVIDERS.values()) {
    const own = settings.get(definition.id);
    if (own !== undefined) providers.set(definition.id, definition.create(own, http));
  }
  const isKnown = (id: string) => PROVIDERS.has(id);

  return {
    configured: [...providers.values()],
    knownIds: [...PROVIDERS.keys()],
    isKnown,
    find: (id) => providers.get(id),
    require(id) {
      const provider = providers.get(id);
      if (provider !== undefined) return provider;
      throw new IntegrationError(isKnown(id) ? 'provider_not_configured' : 'unsupported_provider');
    },
  };
}
