// The providers there are. Adding one is a folder and a line here.

import type { ProviderId } from '../vocabulary.js';
import { google } from './google/definition.js';
import { microsoft } from './microsoft/definition.js';
import type { ProviderDefinition } from './provider.js';

/** Every provider by id, configured or not. A Map: `constructor` and `__proto__` are no providers. */
export const PROVIDERS: ReadonlyMap<ProviderId, ProviderDefinition> = new Map(
  [google, microsoft].map((definition) => [definition.id, definition]),
);
