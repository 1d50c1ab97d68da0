// The consent of an administrator at Microsoft:
// learn.microsoft.com/entra/identity-platform/v2-admin-consent.

import type { IntegrationError } from '../../errors.js';
import type { Access } from '../../vocabulary.js';
import type { ProviderAdminConsent } from '../provider-admin-consent.js';
import { codesIn, hasMeaning } from './aadsts.js';
import { redirectError } from './consent-errors.js';

/** What the endpoint depends on. */
export interface MicrosoftAdminConsentSettings {
  readonly authorityUrl: string;
  /** MICROSOFT_TENANT. */
  readonly tenant: string;
  readonly clientId: string;
  scopes(access: Access): readonly string[];
}

/** The consent of an administrator; null where only personal accounts may connect. */
export function microsoftAdminConsent({
  authorityUrl,
  tenant,
  clientId,
  scopes,
}: MicrosoftAdminConsentSettings): ProviderAdminConsent | null {
  if (tenant === 'consumers') return null;
  // Microsoft's page says not to use `common`: personal accounts have no administrator.
  const organization = tenant === 'common' ? 'organizations' : encodeURIComponent(tenant);
  return {
    url({ access, redirectUri, state }) {
      const query = new URLSearchParams({
        client_id: clientId,
        scope: scopes(access).join(' '),
        redirect_uri: redirectUri,
        state,
      });
      return `${authorityUrl}/${organization}/v2.0/adminconsent?${query}`;
    },
    // `tenant` and `scope` are not read: anyone can write them.
    read(query) {
      const [consents, errors] = [query.getAll('admin_consent'), query.getAll('error')];
      if (consents.length > 1 || errors.length > 1) return null;
      const [error] = errors;
      // A refusal says `admin_consent=True` too.
      if (error !== undefined)
        return error === '' ? null : refusal(error, query.get('error_description'));
      return consents[0]?.toLowerCase() === 'true' ? { answer: 'granted', reason: null } : null;
    },
  };
}

function refusal(error: string, description: string | null) {
  const { code, reason = null } = redirectError(error, description, null) as IntegrationError;
  if (code === 'provider_unavailable' || code === 'provider_misconfigured')
    return { answer: 'failed', reason } as const;
  return hasMeaning(codesIn(description), 'admin')
    ? ({ answer: 'not_administrator', reason } as const)
    : ({ answer: 'refused', reason } as const);
}
