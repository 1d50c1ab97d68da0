/**
 * Outlook's ids: long and case-sensitive. They differ by mailbox and, unless immutable, by folder.
 */
import { findEvent } from '../calendars/change-calendar.js';
import type { StoredCalendar, StoredEvent } from '../calendars/stored-event.js';
import { ALPHABET, digest, type Random } from '../world/random.js';
import type { Account } from '../world/state.js';

const BODY = 24;

/**
 * The part of an id that belongs to the event. Every fifth id differs from the one before only by
 * case, every seventh only by `-` and `_`.
 */
export function newIdBody(random: Random, calendar: StoredCalendar): string {
  const previous = calendar.events.at(-1)?.id;
  if (previous?.length === BODY && calendar.nextOrdinal % 5 === 4) {
    const twin = previous.replace(/[A-Za-z](?=[^A-Za-z]*$)/, swapCase);
    if (twin !== previous && !findEvent(calendar, twin)) return twin;
  }
  if (previous?.length === BODY && calendar.nextOrdinal % 7 === 6) {
    const twin = previous.replace(/[-_](?=[^-_]*$)/, (mark) => (mark === '-' ? '_' : '-'));
    if (twin !== previous && !findEvent(calendar, twin)) return twin;
  }
  return random.text(BODY, ALPHABET.base64url);
}

const swapCase = (letter: string) =>
  letter === letter.toLowerCase() ? letter.toUpperCase() : letter.toLowerCase();

const mailboxOf = (account: Account) => digest(account.id, 8);

/**
 * An event's or an occurrence's id in an account's mailbox. `date` is the occurrence's original
 * local date.
 */
export function graphId(
  account: Account,
  event: StoredEvent,
  immutable: boolean,
  date?: string,
): string {
  const moves = String(event.moves ?? 0).padStart(2, '0');
  const stem = immutable
    ? `AAkALgAAAAAAHYQDEapmEc2byACqAC-EWg0A${mailboxOf(account)}`
    : `AAMkAGI2TG93AAA${moves}${mailboxOf(account)}BGAAAAAADUuTJK1K9pTpCdqXop_4NaBwB`;
  return `${stem}${event.id}${date ? `Frs${date}` : ''}AAA=`;
}

/**
 * Parses an id; undefined if it is not of this mailbox. `moves` is set for ids that change with the
 * folder.
 */
export function parseGraphId(
  account: Account,
  id: string,
): { body: string; date?: string; moves?: number } | undefined {
  const match =
    /^(?:AAkALgAAAAAAHYQDEapmEc2byACqAC-EWg0A(\w{8})|AAMkAGI2TG93AAA(\d\d)(\w{8})BGAAAAAADUuTJK1K9pTpCdqXop_4NaBwB)([\w-]{24})(?:Frs(\d{8}))?AAA=$/.exec(
      id,
    );
  if (!match || (match[1] ?? match[3]) !== mailboxOf(account)) return undefined;
  return {
    body: match[4] ?? '',
    ...(match[5] ? { date: match[5] } : {}),
    ...(match[2] ? { moves: Number(match[2]) } : {}),
  };
}

/** A new calendar's id in an account's mailbox. */
export function newCalendarId(account: Account, random: Random): string {
  return `AAMkAGI2TG93AAA${mailboxOf(account)}${random.text(40)}AAA=`;
}
