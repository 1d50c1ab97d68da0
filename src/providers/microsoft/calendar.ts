// Maps one calendar of Graph to a CalendarRecord: learn.microsoft.com/graph/api/resources/calendar.

import { z } from 'zod';
import type { CalendarRecord } from '../../vocabulary.js';
import { cleanLine, identifier } from '../clean-text.js';
import { NAME } from '../limits.js';
import { flag, text } from '../tolerant.js';

const schema = z.object({
  id: text,
  name: text,
  hexColor: text,
  isDefaultCalendar: flag,
  canEdit: flag,
  canShare: flag,
});

/** The calendar of an item; null for an item that cannot be read. */
export function toCalendar(item: unknown): CalendarRecord | null {
  const parsed = schema.safeParse(item);
  const providerCalendarId = parsed.success ? identifier(parsed.data.id) : null;
  if (!parsed.success || providerCalendarId === null) return null;
  const { name, hexColor, isDefaultCalendar, canEdit, canShare } = parsed.data;
  const primary = isDefaultCalendar === true;
  return {
    providerCalendarId,
    name: cleanLine(name, NAME) ?? 'Calendar',
    description: null,
    timeZone: null,
    color: /^#[0-9a-f]{6}$/i.test(hexColor ?? '') ? (hexColor as string) : null,
    primary,
    // Only the owner can share a calendar. The owner's address proves nothing: an account can have
    // several addresses.
    accessRole:
      primary || (canEdit === true && canShare === true)
        ? 'owner'
        : canEdit === true
          ? 'writer'
          : 'reader',
    // Calendars of holidays and birthdays cannot be edited.
    selectedByDefault: primary || canEdit !== false,
  };
}
