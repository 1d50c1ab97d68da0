// The providers that this deployment can connect.

import { z } from 'zod';
import { field } from '../../field.js';
import { PROVIDERS } from '../../providers/catalogue.js';
import { json } from '../answers.js';
import { route } from '../route.js';
import { providerId } from '../schemas.js';

const Provider = z
  .object({
    id: providerId,
    name: field(
      z.string(),
      'Its name, for people',
      ...[...PROVIDERS.values()].map(({ name }) => name),
    ),
    scopes: field(z.array(z.string()), 'What a start without `access` asks it for', [
      'openid',
      'https://www.googleapis.com/auth/calendar',
    ]),
  })
  .meta({ id: 'Provider', description: 'A provider of calendars' });
const ProviderList = z
  .object({ data: field(z.array(Provider), 'The providers') })
  .meta({ id: 'ProviderList', description: 'The providers that can be connected' });

/** `GET /providers`: the configured providers, with the scopes that they are asked for. */
export const listProviders = route({
  method: 'get',
  path: '/providers',
  operationId: 'listProviders',
  tag: 'Providers',
  summary: 'Providers this deployment can connect',
  description: 'Those with a client of their own, and the scopes that they are asked for.',
  isStorable: true,
  who: 'user or service',
  limit: 'read',
  answer: json(200, ProviderList, 'Providers'),
  handle: ({ services }) => ({
    data: services.providers.configured.map(({ id, name, consent }) => ({
      id,
      name,
      scopes: consent.scopes(services.calendarAccess),
    })),
  }),
});
