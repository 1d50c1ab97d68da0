// Webhook endpoints of the host: made, shown, changed, deleted, tried, and their deliveries.

import type { Response } from 'express';
import { z } from 'zod';
import type { AuditAction } from '../../audit/audit-words.js';
import { field } from '../../field.js';
import { DELIVERY_STATES } from '../../notification-types.js';
import { replayOf } from '../../notifications/delivery-list.js';
import { empty, json } from '../answers.js';
import { doneByCaller } from '../done-by.js';
import { cursorOfFeed } from '../notification-schemas.js';
import { presentDelivery, presentEndpoint } from '../present-webhooks.js';
import { id, route } from '../route.js';
import { nextCursor, paging } from '../schemas.js';
import type { HttpServices } from '../services.js';
import {
  description,
  descriptionOrNone,
  endpointUrl,
  minutesBefore,
  types,
  typesOrUsual,
  WebhookDelivery,
  WebhookEndpoint,
  WebhookEndpointWithSecret,
} from '../webhook-schemas.js';

const ENDPOINT_ID = { endpointId: id('webhook_endpoint_not_found') };
const PATH = '/webhook-endpoints/:endpointId';
/** Common to all these routes: they are the host's own. */
const OF_HOST = { tag: 'Webhooks', who: 'service or admin', limit: 'read' } as const;

/** Records in the audit trail who changed an endpoint. */
function note(
  { audit }: Pick<HttpServices, 'audit'>,
  response: Response,
  action: Extract<AuditAction, `webhook_endpoint.${string}`>,
  endpointId: string,
): Promise<void> {
  const by = doneByCaller(response);
  return audit.record(null, { action, by, userId: null, details: { endpointId } });
}

/** `POST /webhook-endpoints`: a new endpoint, with the secret that signs. */
export const createEndpoint = route({
  ...OF_HOST,
  method: 'post',
  path: '/webhook-endpoints',
  operationId: 'createWebhookEndpoint',
  summary: 'Add a webhook endpoint',
  description: 'The secret is shown in this answer alone. It gets notifications from now on.',
  body: z.strictObject({
    url: endpointUrl,
    types: types.optional(),
    minutesBefore: minutesBefore.optional(),
    description: description.optional(),
  }),
  answer: json(201, WebhookEndpointWithSecret, 'The endpoint and its secret'),
  problems: ['address_not_allowed'],
  async handle({ response, body, services }) {
    const { endpoint, secret } = await services.notifications.endpoints.create(body);
    await note(services, response, 'webhook_endpoint.create', endpoint.id);
    return { ...presentEndpoint(endpoint), secret };
  },
});

/** `GET /webhook-endpoints`: all endpoints. */
export const listEndpoints = route({
  ...OF_HOST,
  method: 'get',
  path: '/webhook-endpoints',
  operationId: 'listWebhookEndpoints',
  summary: 'The webhook endpoints',
  description: 'The oldest first. Their secrets are not shown.',
  answer: json(
    200,
    z
      .object({ data: field(z.array(WebhookEndpoint), 'The endpoints') })
      .meta({ id: 'WebhookEndpoints', description: 'All webhook endpoints' }),
    'The oldest first',
  ),
  handle: async ({ services: { notifications } }) => ({
    data: (await notifications.endpoints.list()).map(presentEndpoint),
  }),
});

/** `GET /webhook-endpoints/:endpointId`: one endpoint. */
export const showEndpoint = route({
  ...OF_HOST,
  method: 'get',
  path: PATH,
  operationId: 'getWebhookEndpoint',
  summary: 'One webhook endpoint',
  description: 'Its secret is not shown.',
  parts: ENDPOINT_ID,
  answer: json(200, WebhookEndpoint, 'The endpoint'),
  problems: ['webhook_endpoint_not_found'],
  handle: async ({ path, services: { notifications } }) =>
    presentEndpoint(await notifications.endpoints.get(path.endpointId)),
});

/** `PATCH /webhook-endpoints/:endpointId`: changes what is given. */
export const changeEndpoint = route({
  ...OF_HOST,
  method: 'patch',
  path: PATH,
  operationId: 'changeWebhookEndpoint',
  summary: 'Change a webhook endpoint, disable or enable it',
  description:
    'While it is disabled, no deliveries are made for it, and those that wait go on waiting.',
  parts: ENDPOINT_ID,
  body: z.strictObject({
    url: endpointUrl.optional(),
    types: typesOrUsual.optional(),
    minutesBefore: minutesBefore.optional(),
    description: descriptionOrNone.optional(),
    disabled: field(z.boolean().optional(), 'Whether it gets nothing', true),
  }),
  answer: json(200, WebhookEndpoint, 'The endpoint'),
  problems: ['webhook_endpoint_not_found', 'address_not_allowed'],
  async handle({ response, path, body, services }) {
    const endpoint = await services.notifications.endpoints.change(path.endpointId, body);
    await note(services, response, 'webhook_endpoint.update', endpoint.id);
    return presentEndpoint(endpoint);
  },
});

/** `DELETE /webhook-endpoints/:endpointId`: removes it with its deliveries. */
export const deleteEndpoint = route({
  ...OF_HOST,
  method: 'delete',
  path: PATH,
  operationId: 'deleteWebhookEndpoint',
  summary: 'Remove a webhook endpoint',
  description: 'Its deliveries are removed too.',
  parts: ENDPOINT_ID,
  answer: empty(204, 'Removed'),
  problems: ['webhook_endpoint_not_found'],
  async handle({ response, path, services }) {
    await services.notifications.endpoints.delete(path.endpointId);
    await note(services, response, 'webhook_endpoint.delete', path.endpointId);
  },
});

/** `POST /webhook-endpoints/:endpointId/rotate-secret`: a new secret. */
export const rotateSecret = route({
  ...OF_HOST,
  method: 'post',
  path: `${PATH}/rotate-secret`,
  operationId: 'rotateWebhookSecret',
  summary: 'Give a webhook endpoint a new secret',
  description: 'For 24 hours both secrets sign. The new one is shown in this answer alone.',
  parts: ENDPOINT_ID,
  answer: json(200, WebhookEndpointWithSecret, 'The endpoint and its new secret'),
  problems: ['webhook_endpoint_not_found'],
  async handle({ response, path, services }) {
    const { endpoint, secret } = await services.notifications.endpoints.rotate(path.endpointId);
    await note(services, response, 'webhook_endpoint.update', endpoint.id);
    return { ...presentEndpoint(endpoint), secret };
  },
});

/** `POST /webhook-endpoints/:endpointId/test`: sends `webhook.test` and says what came of it. */
export const testEndpoint = route({
  ...OF_HOST,
  method: 'post',
  path: `${PATH}/test`,
  operationId: 'testWebhookEndpoint',
  summary: 'Send a webhook to try an endpoint',
  description:
    'Sends webhook.test now, also to an endpoint without this type, and waits for the response.',
  parts: ENDPOINT_ID,
  answer: json(
    200,
    z
      .object({
        status: field(z.int().nullable(), "The receiver's status; null without a response", 200),
        durationMs: field(z.int(), 'How long it took', 42),
        error: field(z.string().nullable(), 'Why it failed. Null for a success', 'timeout'),
      })
      .meta({ id: 'WebhookTest', description: 'What came of a webhook that was sent as a test' }),
    'What came of it',
  ),
  problems: ['webhook_endpoint_not_found'],
  handle: ({ path, services: { notifications } }) => notifications.test(path.endpointId),
});

/** `GET /webhook-endpoints/:endpointId/deliveries`: what was sent to it and what waits. */
export const listEndpointDeliveries = route({
  ...OF_HOST,
  method: 'get',
  path: `${PATH}/deliveries`,
  operationId: 'listWebhookDeliveries',
  summary: 'Deliveries to a webhook endpoint',
  description: 'The newest first, page by page.',
  parts: ENDPOINT_ID,
  query: z.object({
    state: field(z.enum(DELIVERY_STATES).optional(), 'Only deliveries of this state', 'failed'),
    ...paging,
  }),
  answer: json(
    200,
    z
      .object({ data: field(z.array(WebhookDelivery), 'The deliveries'), nextCursor })
      .meta({ id: 'WebhookDeliveryPage', description: 'One page of deliveries' }),
    'The newest first',
  ),
  problems: ['webhook_endpoint_not_found'],
  async handle({ path, query, services: { notifications } }) {
    const { state = null, limit, cursor = null } = query;
    const { endpointId } = path;
    const page = await notifications.listDeliveries({ endpointId, state, limit, cursor });
    return { data: page.deliveries.map(presentDelivery), nextCursor: page.nextCursor };
  },
});

/** `POST /webhook-endpoints/:endpointId/replay`: sends again. */
export const replayDeliveries = route({
  ...OF_HOST,
  method: 'post',
  path: `${PATH}/replay`,
  operationId: 'replayWebhooks',
  summary: 'Send to a webhook endpoint again',
  description:
    'Everything that came after a cursor of the feed and that the endpoint asks for, or single ' +
    'deliveries. Deliveries that still wait for their first attempt are not counted.',
  parts: ENDPOINT_ID,
  body: z.strictObject({
    after: field(cursorOfFeed.optional(), 'A cursor of GET /integrations/changes', 'ZmVlZDoxNw'),
    deliveryIds: field(z.array(z.uuid()).min(1).max(200).optional(), 'Single deliveries', [
      '9d0b6a6a-1a11-4f0b-8b9f-7e8f43384d0e',
    ]),
  }),
  answer: json(
    202,
    z
      .object({ count: field(z.int(), 'How many deliveries are sent again', 3) })
      .meta({ id: 'WebhookReplay', description: 'What is sent again' }),
    'Accepted',
  ),
  problems: ['webhook_endpoint_not_found', 'changes_expired'],
  async handle({ path, body, services: { notifications } }) {
    const what = replayOf(body.after, body.deliveryIds);
    return { count: await notifications.replay(path.endpointId, what) };
  },
});
