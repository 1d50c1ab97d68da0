// Maps one entry of Google's calendar list to a CalendarRecord:
// developers.google.com/workspace/calendar/api/v3/reference/calendarList.

import { z } from 'zod';
import type { AccessRole, CalendarRecord } from '../../vocabulary.js';
import { cleanLine, cleanText, identifier } from '../clean-text.js';
import { ianaZone } from '../event-time.js';
import { DESCRIPTION, NAME } from '../limits.js';
import { flag, text } from '../tolerant.js';

const entry = z.object({
  id: text,
  summary: text,
  summaryOverride: text,
  description: text,
  timeZone: text,
  backgroundColor: text,
  accessRole: text,
  primary: flag,
  selected: flag,
  hidden: flag,
  deleted: flag,
});

const ROLES: ReadonlyMap<string, AccessRole> = new Map([
  ['owner', 'owner'],
  ['writer', 'writer'],
  ['writerWithoutPrivateAccess', 'writer'],
  ['reader', 'reader'],
  ['freeBusyReader', 'freeBusyReader'],
]);

// Ids of holidays, birthdays and other calendars that Google generates or imports. They belong to
// no user.
const GENERATED =
  /#(?:holiday|contacts|weeknum|weather|sports)@|^addressbook#|@import\.calendar\.google\.com$/;

/** The calendar of an entry; null for an entry that is deleted, hidden or unreadable. */
export function toCalendar(item: unknown): CalendarRecord | null {
  const parsed = entry.safeParse(item);
  if (!parsed.success) return null;
  const {
    id,
    summary,
    summaryOverride,
    description,
    timeZone,
    backgroundColor,
    accessRole,
    ...is
  } = parsed.data;
  const providerCalendarId = identifier(id);
  if (providerCalendarId === null || is.deleted === true || is.hidden === true) return null;
  const primary = is.primary === true;
  const role = ROLES.get(accessRole ?? '') ?? (primary ? 'owner' : 'reader');
  return {
    providerCalendarId,
    name:
      cleanLine(summaryOverride, NAME) ??
      cleanLine(summary, NAME) ??
      providerCalendarId.slice(0, NAME),
    description: cleanText(description, DESCRIPTION),
    timeZone: ianaZone(timeZone),
    color: /^#[0-9a-f]{6}$/i.test(backgroundColor ?? '') ? (backgroundColor as string) : null,
    primary,
    accessRole: role,
    selectedByDefault:
      primary || (!GENERATED.test(providerCalendarId) && isWanted(role, accessRole, is.selected)),
  };
}

/**
 * Calendars of the user's own, and those of others that the user ticked at Google. Without a role
 * it counts as the user's.
 */
function isWanted(
  role: AccessRole,
  googleRole: string | null | undefined,
  selected: boolean | null | undefined,
): boolean {
  if (role === 'owner' || role === 'writer') return true;
  return typeof googleRole === 'string' ? selected === true : selected !== false;
}
