// Reads a provider's own variables when it is created.

import type { ProviderSettings, ProviderVariable } from './provider.js';

/** The variables of one provider, by their name without prefix. */
export interface ProviderValues {
  /**
   * The value or its default.
   * @throws TypeError when there is neither, which is a mistake in the definition
   */
  text(name: string): string;
  /** The value or its default; null when there is neither. */
  optional(name: string): string | null;
  /** Whether the value is `true`. */
  flag(name: string): boolean;
}

/** The values of `settings`, as `variables` describe them. URLs are without trailing slashes. */
export function readSettings(
  settings: ProviderSettings,
  variables: readonly ProviderVariable[],
): ProviderValues {
  function optional(name: string): string | null {
    const variable = variables.find((candidate) => candidate.name === name);
    const value = settings.values[name] ?? variable?.fallback ?? null;
    return value !== null && variable?.kind === 'url' ? value.replace(/\/+$/, '') : value;
  }
  function text(name: string): string {
    const value = optional(name);
    if (value === null || value === '') throw new TypeError(`${name} is not set`);
    return value;
  }
  return { text, optional, flag: (name) => text(name) === 'true' };
}

/** The scopes in a list that is separated by spaces (RFC 6749 section 3.3). */
export function scopeList(scope: string): readonly string[] {
  return scope.split(/\s+/).filter((part) => part !== '');
}

/** Whether `text` is a URL of the same origin as `url`. */
export function isOfOrigin(text: string, url: string): boolean {
  return URL.parse(text)?.origin === new URL(url).origin;
}
