// Taking over an account that another product keeps.

import { IntegrationError } from '../../errors.js';
import { Account } from '../account-schemas.js';
import { json } from '../answers.js';
import { doneByCaller } from '../done-by.js';
import { ImportBody, importGrant } from '../import-account.js';
import { setActingFor } from '../request-context.js';
import { route } from '../route.js';
import { requireUserId } from '../user-id.js';
import { presentOneAccount } from './accounts.js';

/** `POST /accounts/import`: takes over a grant. */
export const importAccount = route({
  method: 'post',
  path: '/accounts/import',
  operationId: 'importAccount',
  tag: 'Backend',
  summary: 'Import an account by its refresh token',
  description:
    'The refresh token is tried at the provider at once. It becomes an account as a connection ' +
    'does, with its first sync. An account that is connected already gets these tokens, and ' +
    'keeps its id.',
  who: 'service',
  body: ImportBody,
  answer: json(201, Account, 'The account, which is new'),
  otherAnswers: [json(200, Account, 'The account, which was connected already')],
  problems: [
    'unsupported_provider',
    'grant_not_accepted',
    'missing_scopes',
    'account_already_connected',
    'admin_consent_required',
    'rate_limited',
    'provider_not_configured',
    'provider_misconfigured',
    'provider_unavailable',
    'provider_error',
  ],
  async handle({ request, response, body, services }) {
    requireUserId(body.userId);
    setActingFor(response, body.userId);
    await services.spend('start', { request, response });
    const { accountId, outcome } = await importGrant(services, body, doneByCaller(response));
    const account = await services.accounts.find(accountId, body.userId);
    if (account === null) throw new IntegrationError('account_not_found');
    const shown = await presentOneAccount(services, account);
    if (outcome === 'connected') return shown;
    response.status(200).json(shown);
    return undefined;
  },
});
