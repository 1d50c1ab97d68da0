// The audit trail: who did what, to whose account.

import { z } from 'zod';
import type { AuditEntry } from '../../audit/audit-entry.js';
import { ACTOR_KINDS, AUDIT_ACTIONS, AUDIT_OUTCOMES, actorName } from '../../audit/audit-words.js';
import { IntegrationError } from '../../errors.js';
import { field } from '../../field.js';
import { json, type Shown } from '../answers.js';
import { route } from '../route.js';
import { instant, moment, nextCursor, paging, providerId } from '../schemas.js';

const AuditQuery = z.object({
  userId: field(z.string().min(1).max(255).optional(), 'Only what concerns this user', 'user-42'),
  accountId: field(
    z.uuid().optional(),
    'Only what concerns this account, also after it was disconnected',
    '7f1f6c1e-2f0a-4c3b-9a53-0d8f6c1b7e11',
  ),
  action: field(z.enum(AUDIT_ACTIONS).optional(), 'Only this action', 'account.connect'),
  from: field(moment.optional(), 'Only entries at or after this', '2026-12-01T00:00:00Z'),
  to: field(moment.optional(), 'Only entries before this', '2026-12-08T00:00:00Z'),
  ...paging,
});

const Entry = z
  .object({
    id: field(z.uuid(), 'The id of the entry', '5e0b1c3e-7c0f-4f55-9c5e-0a0f2a1d3c11'),
    at: field(instant, 'When it was done', '2026-12-01T09:00:00.000Z'),
    action: field(z.enum(AUDIT_ACTIONS), 'What was done', 'account.connect'),
    actor: field(
      z.string(),
      `Who did it: ${ACTOR_KINDS.map((kind) => `\`${kind}\``).join(', ')}, and after a colon the ` +
        'id of the user or admin, or the name of the service caller',
      'user:user-42',
    ),
    userId: field(
      z.string().nullable(),
      'The user whom it concerns. After an erasure `erased:` and a keyed hash',
      'user-42',
    ),
    accountId: field(
      z.uuid().nullable(),
      'The account that it concerns',
      '7f1f6c1e-2f0a-4c3b-9a53-0d8f6c1b7e11',
    ),
    provider: field(
      z.string().nullable(),
      'The provider of the account',
      ...(providerId.meta()?.examples ?? []),
    ),
    outcome: field(
      z.enum(AUDIT_OUTCOMES),
      '`refused`: a rule or a person said no. `failed`: something did not work',
      'success',
    ),
    requestId: field(
      z.string().nullable(),
      'The X-Request-Id of the request. Null where no request did it',
      'bab44d3b-ede6-4c15-b2ba-661aed66eb43',
    ),
    details: field(
      z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
      'What belongs to the action, such as the `code` of a refusal. Never a secret or the content ' +
        'of an event',
      { code: 'access_denied' },
    ),
  })
  .meta({ id: 'AuditEntry', description: 'Something that was done' });

const AuditPage = z
  .object({ data: field(z.array(Entry), 'The entries'), nextCursor })
  .meta({ id: 'AuditPage', description: 'One page of the audit trail' });

/** `GET /audit`: the audit trail, to service callers and admins. */
export const listAudit = route({
  method: 'get',
  path: '/audit',
  operationId: 'listAudit',
  tag: 'Audit',
  summary: 'The audit trail',
  description:
    'Who did what, the newest first. Entries are never changed. They are deleted after ' +
    'AUDIT_RETENTION_DAYS.',
  who: 'service or admin',
  limit: 'read',
  query: AuditQuery,
  answer: json(200, AuditPage, 'Newest first'),
  async handle({ query, services: { audit } }) {
    const { from, to } = query;
    if (from !== undefined && to !== undefined && Date.parse(to) < Date.parse(from))
      throw new IntegrationError('invalid_request', {
        detail: 'to is before from. Send a to that is at or after from, for example one day later.',
      });
    const page = await audit.list({
      userId: query.userId ?? null,
      accountId: query.accountId?.toLowerCase() ?? null,
      action: query.action ?? null,
      from: from === undefined ? null : new Date(from),
      to: to === undefined ? null : new Date(to),
      limit: query.limit,
      cursor: query.cursor ?? null,
    });
    return { data: page.entries.map(presentEntry), nextCursor: page.nextCursor };
  },
});

function presentEntry(entry: AuditEntry): Shown<typeof Entry> {
  const { id, at, action, userId, accountId, provider, outcome } = entry;
  return {
    id,
    at: at.toISOString(),
    action,
    actor: actorName({ kind: entry.actorKind, id: entry.actorId }),
    userId,
    accountId,
    provider,
    outcome,
    requestId: entry.requestId,
    details: entry.details,
  };
}
