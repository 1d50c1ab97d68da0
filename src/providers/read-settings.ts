// Reading a provider's own settings, for those who make it.

import type { ProviderSettings, ProviderVariable } from './provider.js';

/** `text(name)` is the setting or its fallback; a name without either is a mistake of ours and throws a TypeError. */
export interface Settings {
  text(name: string): string;
  optional(name: string): string | null;
  flag(name: string): boolean;
}

/** Reads `settings` as its `variables` describe them: without a trailing slash where they are URLs. */
export function readSettings(
  settings: ProviderSettings,
  variables: readonly ProviderVariable[],
): Settings {
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

/** The scopes of a setting: separated by spaces, as OAuth does (RFC 6749 3.3). */
export function scopeList(scope: string): readonly string[] {
  return scope.split(/\s+/).filter((part) => part !== '');
}

/** Whether `text` is a URL of the same origin as `url`; false for what is no URL. */
export function isOfOrigin(text: string, url: string): boolean {
  return URL.parse(text)?.origin === new URL(url).origin;
}
