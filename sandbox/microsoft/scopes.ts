/** Microsoft's scopes: their short and full names, and what each one allows. */
import type { AccessToken } from '../world/state.js';

const GRAPH = 'https://graph.microsoft.com/';
const OPENID = ['openid', 'profile', 'email', 'offline_access'];
const PERMISSIONS = [
  'User.Read',
  'Calendars.ReadBasic',
  'Calendars.Read',
  'Calendars.ReadWrite',
  'Calendars.Read.Shared',
  'Calendars.ReadWrite.Shared',
  'MailboxSettings.Read',
  'MailboxSettings.ReadWrite',
  'Contacts.Read',
  'People.Read',
  'Mail.Read',
  'Mail.ReadWrite',
  'Files.Read',
];
const known = new Map([...OPENID, ...PERMISSIONS].map((name) => [name.toLowerCase(), name]));

/** The short name of a scope, from any spelling and case; undefined if Graph has no such scope. */
export function shortScope(scope: string): string | undefined {
  const bare = scope.toLowerCase().startsWith(GRAPH) ? scope.slice(GRAPH.length) : scope;
  return known.get(bare.toLowerCase());
}

/** Whether a scope is `openid`, `profile`, `email` or `offline_access`. */
export function isOpenIdScope(scope: string): boolean {
  return OPENID.includes(scope);
}

/** The full name of a scope. */
export function qualifiedScope(scope: string): string {
  return isOpenIdScope(scope) ? scope : GRAPH + scope;
}

/** Granted scopes as a token response writes them. It never contains offline_access. */
export function spellScopes(scopes: readonly string[], format: 'short' | 'qualified'): string {
  const graph = scopes.filter((scope) => !isOpenIdScope(scope));
  const spelled = format === 'short' ? graph : graph.map((scope) => GRAPH + scope);
  return [
    ...spelled,
    ...['profile', 'openid', 'email'].filter((scope) => scopes.includes(scope)),
  ].join(' ');
}

/** The description of a scope on the consent page. */
export function describeScope(scope: string): string {
  const texts: Record<string, string> = {
    openid: 'Sign you in',
    profile: 'View your basic profile',
    email: 'View your email address',
    offline_access: 'Maintain access to data you have given it access to',
    'User.Read': 'Sign you in and read your profile',
    'Calendars.Read': 'Read your calendars',
    'Calendars.ReadWrite': 'Have full access to your calendars',
    'Calendars.Read.Shared': 'Read calendars you can access',
    'Calendars.ReadWrite.Shared': 'Read and write to your and shared calendars',
    'MailboxSettings.Read': 'Read your mailbox settings',
  };
  return texts[scope] ?? `Use ${scope}`;
}

const ALLOWS = {
  readProfile: ['User.Read'],
  readCalendars: [
    'Calendars.Read',
    'Calendars.ReadWrite',
    'Calendars.Read.Shared',
    'Calendars.ReadWrite.Shared',
  ],
  writeCalendars: ['Calendars.ReadWrite', 'Calendars.ReadWrite.Shared'],
  readShared: ['Calendars.Read.Shared', 'Calendars.ReadWrite.Shared'],
};

/** Whether the scopes of a token allow an action. */
export function allows(token: AccessToken, action: keyof typeof ALLOWS): boolean {
  return ALLOWS[action].some((name) => token.scopes.includes(name));
}
