// Connect links: made for the host's backend, and found by the token in their address.

import type { ConnectLinkStore, LinkPurpose, OpenLink } from '../accounts/connect-link-store.js';
import type { DoneBy } from '../audit/audit-words.js';
import { IntegrationError } from '../errors.js';
import { HANDLE, hashOf, newHandle } from './authorization-request.js';

/** Makes and finds connect links. */
export class ConnectLinks {
  constructor(private readonly store: Pick<ConnectLinkStore, 'create' | 'find'>) {}

  /** Makes a link. Its token is returned here alone: only its hash is kept. */
  async create(
    purpose: LinkPurpose,
    lifeSeconds: number,
    by: DoneBy,
  ): Promise<{ readonly token: string; readonly expiresAt: Date }> {
    const token = newHandle();
    return { token, expiresAt: await this.store.create(hashOf(token), purpose, lifeSeconds, by) };
  }

  /**
   * The link of a token.
   * @throws IntegrationError `connect_link_ended` when it is spent or has expired, `not_found` when
   * there is none
   */
  async open(token: string): Promise<OpenLink> {
    const link = HANDLE.test(token) ? await this.store.find(hashOf(token)) : null;
    if (link === null) throw new IntegrationError('not_found');
    if (link === 'ended') throw new IntegrationError('connect_link_ended');
    return link;
  }
}
