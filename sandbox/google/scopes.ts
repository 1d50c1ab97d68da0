/** Google's scopes: how they are spelled back, and which let a caller do what. */
import type { AccessToken } from '../world/state.js';

const PREFIX = 'https://www.googleapis.com/auth/';
const LONG: Record<string, string> = {
  email: `${PREFIX}userinfo.email`,
  profile: `${PREFIX}userinfo.profile`,
};

/** `email` is spelled as the userinfo.email URL in every answer. */
export function canonicalScope(scope: string): string {
  return LONG[scope] ?? scope;
}

/** True for scopes that come with signing in and cannot be unticked. */
export function isIdentityScope(scope: string): boolean {
  return ['openid', LONG['email'], LONG['profile']].includes(canonicalScope(scope));
}

/** True for a scope Google knows. */
export function isKnownScope(scope: string): boolean {
  return (
    isIdentityScope(scope) ||
    /^https:\/\/(www\.googleapis\.com\/auth\/[a-z._]+|mail\.google\.com\/)$/.test(scope)
  );
}

/** Granted scopes in Google's order, which is not the order they were asked in. */
export function spellScopes(scopes: Iterable<string>): string {
  const rank = (scope: string) => (scope === 'openid' ? 1 : isIdentityScope(scope) ? 2 : 0);
  const canonical = [...new Set([...scopes].map(canonicalScope))];
  return canonical.sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1)).join(' ');
}

/** What the consent screen says of a scope. */
export function describeScope(scope: string): string {
  const texts: Record<string, string> = {
    openid: 'Associate you with your personal info',
    [`${PREFIX}userinfo.email`]: 'See your primary email address',
    [`${PREFIX}userinfo.profile`]: 'See your personal info',
    [`${PREFIX}calendar`]:
      'See, edit, share, and permanently delete all the calendars you can access',
    [`${PREFIX}calendar.readonly`]: 'See and download any calendar you can access',
    [`${PREFIX}calendar.events`]: 'View and edit events on all your calendars',
    [`${PREFIX}calendar.events.readonly`]: 'View events on all your calendars',
  };
  return texts[canonicalScope(scope)] ?? 'Other access';
}

const ALLOWS = {
  listCalendars: [
    'calendar',
    'calendar.readonly',
    'calendar.calendarlist',
    'calendar.calendarlist.readonly',
  ],
  readEvents: ['calendar', 'calendar.readonly', 'calendar.events', 'calendar.events.readonly'],
  writeEvents: ['calendar', 'calendar.events'],
};

/** True when a token's scopes allow an action. */
export function allows(token: AccessToken, action: keyof typeof ALLOWS): boolean {
  return ALLOWS[action].some((name) => token.scopes.includes(PREFIX + name));
}
