// Every provider of this project. A new provider is a folder and a line here.

import type { ProviderId } from '../vocabulary.js';
import { google } from './google/definition.js';
import { microsoft } from './microsoft/definition.js';
import type { ProviderDefinition } from './provider.js';

const DEFINITIONS: readonly ProviderDefinition[] = [google, microsoft];

/**
 * Every provider by id, configured or not. It is a Map, so that `constructor` and `__proto__` are
 * no ids.
 */
export const PROVIDERS: ReadonlyMap<ProviderId, ProviderDefinition> = new Map(
  DEFINITIONS.map((definition) => [definition.id, definition]),
);

/** The id of a provider by its id, or by a name that another product has for it; null for none. */
export function providerNamed(name: string): ProviderId | null {
  const found = DEFINITIONS.find(({ id, otherNames = [] }) => [id, ...otherNames].includes(name));
  return found?.id ?? null;
}
