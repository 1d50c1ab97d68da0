/** Google's scopes: how they are written, and what each one allows. */
import type { AccessToken } from '../world/state.js';

const PREFIX = 'https://www.googleapis.com/auth/';
const LONG: Record<string, string> = {
  email: `${PREFIX}userinfo.email`,
  profile: `${PREFIX}userinfo.profile`,
};

/** The form of a scope in responses: `email` becomes the userinfo.email URL. */
export function canonicalScope(scope: string): string {
  return LONG[scope] ?? scope;
}

/** Whether a scope is part of signing in. A user cannot untick it. */
export function isIdentityScope(scope: string): boolean {
  return ['openid', LONG['email'], LONG['profile']].includes(canonicalScope(scope));
}

/** Whether Google knows a scope. */
export function isKnownScope(scope: string): boolean {
  return (
    isIdentityScope(scope) ||
    /^https:\/\/(www\.googleapis\.com\/auth\/[a-z._]+|mail\.google\.com\/)$/.test(scope)
  );
}

/** Granted scopes in Google's order, which differs from the order of the request. */
export function spellScopes(scopes: Iterable<string>): string {
  const rank = (scope: string) => (scope === 'openid' ? 1 : isIdentityScope(scope) ? 2 : 0);
  const canonical = [...new Set([...scopes].map(canonicalScope))];
  return canonical.sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1)).join(' ');
}

/** The description of a scope on the consent page. */
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

/** Whether the scopes of a token allow an action. */
export function allows(token: AccessToken, action: keyof typeof ALLOWS): boolean {
  return ALLOWS[action].some((name) => token.scopes.includes(PREFIX + name));
}
