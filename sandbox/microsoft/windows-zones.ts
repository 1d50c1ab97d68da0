/** Converts between IANA and Windows names of the time zones that the sandbox uses. */
import { isZone } from '../calendars/zoned-time.js';

/** Windows names by IANA name. A Windows name is converted back to the first IANA name with it. */
const WINDOWS: Record<string, string> = {
  UTC: 'UTC',
  'Europe/Berlin': 'W. Europe Standard Time',
  'Europe/Amsterdam': 'W. Europe Standard Time',
  'Europe/Rome': 'W. Europe Standard Time',
  'Europe/Stockholm': 'W. Europe Standard Time',
  'Europe/Vienna': 'W. Europe Standard Time',
  'Europe/Zurich': 'W. Europe Standard Time',
  'Europe/Paris': 'Romance Standard Time',
  'Europe/Madrid': 'Romance Standard Time',
  'Europe/Brussels': 'Romance Standard Time',
  'Europe/London': 'GMT Standard Time',
  'Europe/Lisbon': 'GMT Standard Time',
  'Europe/Dublin': 'GMT Standard Time',
  'Europe/Warsaw': 'Central European Standard Time',
  'Europe/Budapest': 'Central Europe Standard Time',
  'Europe/Prague': 'Central Europe Standard Time',
  'Europe/Athens': 'GTB Standard Time',
  'Europe/Helsinki': 'FLE Standard Time',
  'Europe/Istanbul': 'Turkey Standard Time',
  'America/New_York': 'Eastern Standard Time',
  'America/Toronto': 'Eastern Standard Time',
  'America/Chicago': 'Central Standard Time',
  'America/Denver': 'Mountain Standard Time',
  'America/Phoenix': 'US Mountain Standard Time',
  'America/Los_Angeles': 'Pacific Standard Time',
  'America/Sao_Paulo': 'E. South America Standard Time',
  'America/Argentina/Buenos_Aires': 'Argentina Standard Time',
  'Asia/Kolkata': 'India Standard Time',
  'Asia/Kathmandu': 'Nepal Standard Time',
  'Asia/Dubai': 'Arabian Standard Time',
  'Asia/Shanghai': 'China Standard Time',
  'Asia/Singapore': 'Singapore Standard Time',
  'Asia/Tokyo': 'Tokyo Standard Time',
  'Australia/Sydney': 'AUS Eastern Standard Time',
  'Australia/Lord_Howe': 'Lord Howe Standard Time',
  'Pacific/Auckland': 'New Zealand Standard Time',
  'Africa/Johannesburg': 'South Africa Standard Time',
};

/** The Windows name of a time zone; UTC for an unknown zone. */
export function windowsName(zone: string): string {
  return WINDOWS[zone] ?? 'UTC';
}

/** The IANA name of a zone with a Windows or IANA name; undefined if the name is unknown. */
export function ianaZone(name: string): string | undefined {
  const found = Object.entries(WINDOWS).find(
    ([, windows]) => windows.toLowerCase() === name.toLowerCase(),
  );
  if (found) return found[0];
  return isZone(name) ? name : undefined;
}
