// The providers that this deployment can connect.

import { z } from 'zod';
import { json } from '../answers.js';
import { route } from '../route.js';
import { providerId } from '../schemas.js';

const Provider = z
  .object({ id: providerId, name: z.string(), scopes: z.array(z.string()) })
  .meta({ id: 'Provider' });
const ProviderList = z.object({ data: z.array(Provider) }).meta({ id: 'ProviderList' });

/** `GET /providers`: the configured providers, with the scopes that they are asked for. */
export const listProviders = route({
  method: 'get',
  path: '/providers',
  operationId: 'listProviders',
  tag: 'Providers',
  summary: 'Providers this deployment can connect',
  isStorable: true,
  who: 'user',
  limit: 'read',
  answer: json(200, ProviderList, 'Providers'),
  handle: ({ services }) => ({
    data: services.providers.configured.map(({ id, name, consent }) => ({
      id,
      name,
      scopes: consent.scopes,
    })),
  }),
});
