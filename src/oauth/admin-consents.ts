// Requests for the consent of an administrator, who opens a link on any machine. The state of the
// link is random, kept as a hash, and answered once.

import type { AdminConsentStatus, AdminConsentStore } from '../accounts/admin-consent-store.js';
import type { DoneBy } from '../audit/audit-words.js';
import { IntegrationError } from '../errors.js';
import type { Provider } from '../providers/provider.js';
import type { AdminAnswer, ProviderAdminConsent } from '../providers/provider-admin-consent.js';
import type { Access } from '../vocabulary.js';
import { HANDLE, hashOf, newHandle } from './authorization-request.js';

/** An administrator is not always there: a week. */
const LIFE_SECONDS = 604_800;

/** Who asks, and for what. */
export interface AdminConsentWish {
  readonly userId: string;
  readonly access: Access;
  /** Where the provider sends the administrator back to. */
  readonly redirectUri: string;
}

/** A new request. */
export interface AskedAdminConsent {
  readonly id: string;
  /** For an administrator. */
  readonly url: string;
  readonly expiresAt: Date;
}

/** An answer of a callback, and words about it for the log. */
export interface AnsweredAdminConsent {
  readonly id: string;
  readonly answer: AdminAnswer;
  readonly reason: string | null;
}

/** Makes requests, and takes their answers. */
export class AdminConsents {
  constructor(
    private readonly store: Pick<AdminConsentStore, 'create' | 'find' | 'decide' | 'statusOf'>,
    /** The access that is requested where a request names none. */
    private readonly access: Access,
  ) {}

  /** @throws IntegrationError `admin_consent_unsupported` where the provider has none */
  async ask(
    provider: Provider,
    { userId, access, redirectUri }: Omit<AdminConsentWish, 'access'> & { access: Access | null },
    by: DoneBy,
  ): Promise<AskedAdminConsent> {
    const consent = consentOf(provider);
    const state = newHandle();
    const wanted = access ?? this.access;
    const url = consent.url({ access: wanted, redirectUri, state });
    const purpose = {
      userId,
      provider: provider.id,
      clientId: provider.consent.clientId,
      access: wanted,
    };
    return { url, ...(await this.store.create(hashOf(state), purpose, LIFE_SECONDS, by)) };
  }

  /**
   * What became of a request.
   * @param userId who asked; null: anyone
   * @throws IntegrationError `admin_consent_not_found`
   */
  async statusOf(id: string, userId: string | null): Promise<AdminConsentStatus> {
    const status = await this.store.statusOf(id, userId);
    if (status === null) throw new IntegrationError('admin_consent_not_found');
    return status;
  }

  /**
   * Takes the answer of a callback. Only a decision ends the request: who is no administrator, or
   * comes while the provider has trouble, leaves it as it was.
   * @throws IntegrationError `invalid_state`, with the reason for the log;
   * `admin_consent_unsupported`
   */
  async answer(
    provider: Provider,
    query: URLSearchParams,
    by: DoneBy,
  ): Promise<AnsweredAdminConsent> {
    const consent = consentOf(provider);
    const states = query.getAll('state');
    const [state = ''] = states;
    if (states.length !== 1 || !HANDLE.test(state)) throw invalid('no state, or a malformed one');
    const kept = await this.store.find(hashOf(state));
    if (kept === null) throw invalid('unknown state');
    if (kept.provider !== provider.id || kept.clientId !== provider.consent.clientId)
      throw invalid('of another provider or client');
    if (kept.status !== 'pending') throw invalid(`${kept.status} already`);
    const read = consent.read(query);
    if (read === null) throw invalid('neither an answer nor an error, or several');
    const { answer, reason } = read;
    if (answer === 'granted' || answer === 'refused') {
      if (!(await this.store.decide(kept.id, answer, by)))
        throw invalid('answered at the same time');
    }
    return { id: kept.id, answer, reason };
  }
}

function consentOf({ adminConsent }: Provider): ProviderAdminConsent {
  if (adminConsent === null) throw new IntegrationError('admin_consent_unsupported');
  return adminConsent;
}

function invalid(reason: string): IntegrationError {
  return new IntegrationError('invalid_state', { reason: `admin consent: ${reason}` });
}
