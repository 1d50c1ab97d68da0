// How much of an event is kept, in UTF-16 units where it is text.

export const TITLE = 4096;
export const DESCRIPTION = 64 * 1024;
export const LOCATION = 4096;
export const NAME = 256;
export const EMAIL = 320;
export const ATTENDEES = 500;
