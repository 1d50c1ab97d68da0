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
