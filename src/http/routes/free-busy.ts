// When a user is busy, without saying what with.

import { z } from 'zod';
import type { ConnectedAccount } from '../../accounts/connected-account.js';
import { IntegrationError } from '../../errors.js';
import { field } from '../../field.js';
import { accountStatus } from '../account-schemas.js';
import { json } from '../answers.js';
import { route } from '../route.js';
import { accountId, instant, moment } from '../schemas.js';
import type { HttpServices } from '../services.js';
import { parseId } from '../validate.js';
import { findAccount } from '../visible-account.js';

const LONGEST_RANGE_DAYS = 366;
const DAY_MS = 86_400_000;

const FreeBusyQuery = z.object({
  from: field(moment, 'Where the range begins', '2026-12-01T00:00:00Z'),
  to: field(
    moment,
    `Where it ends, at most ${LONGEST_RANGE_DAYS} days after from`,
    '2026-12-08T00:00:00Z',
  ),
  timeZone: field(
    z.string().min(1).max(64).default('UTC'),
    'The IANA zone in which whole days begin and end',
    'Europe/Berlin',
  ),
  accountId: field(
    z.string().min(1).max(64).optional(),
    'One account; all of them when absent',
    '7f1f6c1e-2f0a-4c3b-9a53-0d8f6c1b7e11',
  ),
});

const FreeBusy = z
  .object({
    data: z
      .array(
        z
          .object({
            start: field(instant, 'Where it begins', '2026-12-01T09:00:00.000Z'),
            end: field(instant, 'Where it ends', '2026-12-01T10:00:00.000Z'),
          })
          .meta({ description: 'A busy interval' }),
      )
      .meta({ description: 'The busy intervals: merged, in order' }),
    accounts: z
      .array(
        z
          .object({
            accountId,
            status: accountStatus,
            lastSyncedAt: field(
              instant.nullable(),
              'When its sync last succeeded',
              '2026-12-01T08:55:00.000Z',
            ),
          })
          .meta({ description: 'An account that was read' }),
      )
      .meta({ description: 'The accounts that were read, and how fresh their events are' }),
  })
  .meta({ id: 'FreeBusy', description: 'When a user is busy' });

type Query = z.infer<typeof FreeBusyQuery>;

/**
 * `GET /free-busy`: when the caller is busy, over one or all of their accounts, with the freshness
 * of each.
 */
export const showFreeBusy = route({
  method: 'get',
  path: '/free-busy',
  operationId: 'getFreeBusy',
  tag: 'Events',
  summary: 'When the caller is busy, over one or all of their accounts',
  description: 'Intervals without titles. It says how fresh the events of each account are.',
  who: 'user',
  limit: 'read',
  query: FreeBusyQuery,
  answer: json(200, FreeBusy, 'Merged busy intervals'),
  problems: ['account_not_found'],
  async handle({ userId, query, services }) {
    const range = rangeOf(query);
    const accounts = await accountsOf(services, userId, query.accountId);
    const accountIds = accounts.map(({ id }) => id);
    const busy = await services.calendars.findBusy({ accountIds, ...range });
    const syncs = await services.sync.statesOf(accountIds);
    return {
      data: busy.map(({ start, end }) => ({
        start: start.toISOString(),
        end: end.toISOString(),
      })),
      accounts: accounts.map(({ id, status }) => ({
        accountId: id,
        status,
        lastSyncedAt: syncs.get(id)?.lastSyncedAt?.toISOString() ?? null,
      })),
    };
  },
});

/**
 * The time range of a query.
 * @throws IntegrationError `invalid_request` for a wrong range or zone
 */
function rangeOf({ from, to, timeZone }: Query) {
  const range = { from: new Date(from), to: new Date(to), timeZone };
  const days = (range.to.getTime() - range.from.getTime()) / DAY_MS;
  if (!(days > 0 && days <= LONGEST_RANGE_DAYS))
    throw new IntegrationError('invalid_request', {
      detail: `to must be after from, by at most ${LONGEST_RANGE_DAYS} days.`,
    });
  if (!isTimeZone(timeZone))
    throw new IntegrationError('invalid_request', {
      detail: 'timeZone must be an IANA zone such as Europe/Berlin.',
    });
  return range;
}

/** The user's account of that id, or all of them. @throws IntegrationError `account_not_found` */
async function accountsOf(
  services: HttpServices,
  userId: string,
  accountId: string | undefined,
): Promise<readonly ConnectedAccount[]> {
  if (accountId === undefined) return services.accounts.ofUser(userId);
  const id = parseId(accountId, 'account_not_found');
  return [await findAccount(services, id, userId)];
}

/** Names only: PostgreSQL also takes offsets and abbreviations, and reads them differently. */
function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return /^[A-Za-z]/.test(name);
  } catch {
    return false;
  }
}
