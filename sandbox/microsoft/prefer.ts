/** Reads the Prefer header (RFC 7240), and says which preferences were applied. */
import { ianaZone } from './windows-zones.js';

/** The preferences of a request. */
export interface Preferences {
  immutableIds: boolean;
  /** The time zone of the response: its name in the header, and its IANA name. */
  timeZone: { name: string; zone: string };
  maxPageSize: number | null;
  textBodies: boolean;
  /** The value of Preference-Applied; empty without preferences. */
  applied: string;
  /** The requested time zone, if it does not exist. */
  unknownZone?: string;
}

/** Reads all preferences of a header. */
export function readPreferences(header: string | undefined): Preferences {
  const preferences: Preferences = {
    immutableIds: false,
    timeZone: { name: 'UTC', zone: 'UTC' },
    maxPageSize: null,
    textBodies: false,
    applied: '',
  };
  const applied: string[] = [];
  for (const match of (header ?? '').matchAll(/([\w.-]+)\s*=\s*(?:"([^"]*)"|([^\s,;]+))/g)) {
    const value = match[2] ?? match[3] ?? '';
    switch ((match[1] ?? '').toLowerCase()) {
      case 'idtype':
        if (value.toLowerCase() !== 'immutableid') continue;
        preferences.immutableIds = true;
        applied.push('IdType="ImmutableId"');
        break;
      case 'outlook.timezone': {
        const zone = ianaZone(value);
        if (!zone) preferences.unknownZone = value;
        else preferences.timeZone = { name: value, zone };
        applied.push(`outlook.timezone="${value}"`);
        break;
      }
      case 'outlook.body-content-type':
        preferences.textBodies = value.toLowerCase() === 'text';
        applied.push(`outlook.body-content-type="${value}"`);
        break;
      case 'odata.maxpagesize':
        preferences.maxPageSize = Math.max(1, Number(value) || 1);
        applied.push(`odata.maxpagesize=${value}`);
        break;
    }
  }
  preferences.applied = applied.join(', ');
  return preferences;
}
