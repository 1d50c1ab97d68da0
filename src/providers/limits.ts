// How much of an event or a calendar is stored. Text is measured in UTF-16 units.

export const TITLE = 4096;
export const DESCRIPTION = 64 * 1024;
export const LOCATION = 4096;
export const NAME = 256;
export const ATTENDEES = 500;
/** Google's id of an event has up to 1,024 characters, and `iCalUID` adds a domain. */
export const UID = 2048;
export const ETAG = 2048;
