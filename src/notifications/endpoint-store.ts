// Webhook endpoints: made, changed and listed by the host.

import { randomUUID } from 'node:crypto';
import { type DataSource, IsNull, Not } from 'typeorm';
import type { Sealer } from '../accounts/sealer.js';
import { changedBy, returnedBy } from '../database/rows.js';
import { IntegrationError } from '../errors.js';
import type { NotificationType } from '../notification-types.js';
import { namesPrivateAddress } from './address-guard.js';
import { newSecret, secretsOf } from './endpoint-secrets.js';
import { WebhookEndpoint } from './webhook-endpoint.js';

/** How long the secret before a rotation signs too. */
const BOTH_SIGN = "interval '24 hours'";

/** What a host chooses of an endpoint. Absent: as it is. */
export interface EndpointChoices {
  readonly url?: string | undefined;
  readonly types?: readonly NotificationType[] | null | undefined;
  readonly minutesBefore?: number | undefined;
  readonly description?: string | null | undefined;
  readonly disabled?: boolean | undefined;
}

export class EndpointStore {
  constructor(
    private readonly dataSource: DataSource,
    private readonly sealer: Sealer,
    private readonly allowPrivate: boolean,
  ) {}

  /** @throws IntegrationError `address_not_allowed` */
  async create(
    choices: EndpointChoices & { readonly url: string },
  ): Promise<{ endpoint: WebhookEndpoint; secret: string }> {
    this.checkUrl(choices.url);
    const id = randomUUID();
    const secret = newSecret();
    const sealed = this.sealer.seal(secret, id, 'secret');
    const { url, types = null, minutesBefore = 10, description = null } = choices;
    await this.dataSource.query(
      `INSERT INTO webhook_endpoints (id, url, types, minutes_before, description, secret)
       VALUES ($1, $2, $3, $4, $5, $6)`,
      [id, url, types, minutesBefore, description, sealed],
    );
    return { endpoint: await this.get(id), secret };
  }

  /** The oldest first. */
  list(): Promise<WebhookEndpoint[]> {
    return this.dataSource
      .getRepository(WebhookEndpoint)
      .find({ where: { url: Not(IsNull()) }, order: { createdAt: 'ASC', id: 'ASC' } });
  }

  /** @throws IntegrationError `webhook_endpoint_not_found` */
  async get(id: string): Promise<WebhookEndpoint> {
    const found = await this.dataSource
      .getRepository(WebhookEndpoint)
      .findOneBy({ id, url: Not(IsNull()) });
    if (found === null) throw new IntegrationError('webhook_endpoint_not_found');
    return found;
  }

  /**
   * An endpoint that is enabled again, or that has another URL, starts without failures.
   * @throws IntegrationError `webhook_endpoint_not_found`, `address_not_allowed`
   */
  async change(id: string, choices: EndpointChoices): Promise<WebhookEndpoint> {
    if (choices.url !== undefined) this.checkUrl(choices.url);
    const assignments = ['updated_at = now()'];
    const parameters: unknown[] = [id];
    const assign = (column: string, value: unknown) =>
      assignments.push(`${column} = $${parameters.push(value)}`);
    if (choices.url !== undefined) assign('url', choices.url);
    if (choices.types !== undefined) assign('types', choices.types);
    if (choices.minutesBefore !== undefined) assign('minutes_before', choices.minutesBefore);
    if (choices.description !== undefined) assign('description', choices.description);
    if (choices.disabled === true)
      assignments.push(
        'disabled_at = coalesce(disabled_at, now())',
        `disabled_reason = coalesce(disabled_reason, 'host')`,
      );
    if (choices.disabled === false)
      assignments.push('disabled_at = NULL', 'disabled_reason = NULL');
    if (choices.disabled === false || choices.url !== undefined)
      assignments.push('failures = 0', 'not_before = NULL');
    await this.changeOne(
      `UPDATE webhook_endpoints SET ${assignments.join(', ')} WHERE id = $1 AND url IS NOT NULL`,
      parameters,
    );
    return this.get(id);
  }

  /** Deletes it with its deliveries. @throws IntegrationError `webhook_endpoint_not_found` */
  delete(id: string): Promise<void> {
    return this.changeOne(`DELETE FROM webhook_endpoints WHERE id = $1 AND url IS NOT NULL`, [id]);
  }

  /**
   * Gives it a new secret. For a day both sign. @throws IntegrationError
   * `webhook_endpoint_not_found`
   */
  async rotate(id: string): Promise<{ endpoint: WebhookEndpoint; secret: string }> {
    const secret = newSecret();
    await this.changeOne(
      `UPDATE webhook_endpoints SET previous_secret = secret, secret = $2,
              previous_secret_until = now() + ${BOTH_SIGN}, updated_at = now()
        WHERE id = $1 AND url IS NOT NULL`,
      [id, this.sealer.seal(secret, id, 'secret')],
    );
    return { endpoint: await this.get(id), secret };
  }

  /** Where to send to, and what signs. @throws IntegrationError `webhook_endpoint_not_found` */
  async target(id: string): Promise<{ url: string; secrets: string[] }> {
    const { url, secret, previousSecret, previousSecretUntil } = await this.get(id);
    const previous =
      previousSecretUntil !== null && previousSecretUntil > new Date() ? previousSecret : null;
    const secrets = secretsOf({ id, secret, previousSecret: previous }, this.sealer);
    return { url: url ?? '', secrets };
  }

  private async changeOne(statement: string, parameters: readonly unknown[]): Promise<void> {
    if ((await changedBy(this.dataSource, statement, parameters)) === 0)
      throw new IntegrationError('webhook_endpoint_not_found');
  }

  private checkUrl(text: string): void {
    const url = new URL(text);
    if (this.allowPrivate) return;
    if (url.protocol !== 'https:' || namesPrivateAddress(url))
      throw new IntegrationError('address_not_allowed');
  }
}

/** The id of the row of the host's function. */
export const HOST_FUNCTION = '00000000-0000-4000-8000-000000000001';

/** Notes that a process has the host's function. From the first time on it gets notifications. */
export async function keepHostFunction(dataSource: DataSource): Promise<void> {
  await dataSource.query(
    `INSERT INTO webhook_endpoints (id, seen_at) VALUES ($1, now())
     ON CONFLICT (id) DO UPDATE SET seen_at = now()`,
    [HOST_FUNCTION],
  );
}

/** Forgets a host's function that no process has had for a week, with what waits for it. */
export async function forgetHostFunction(dataSource: DataSource): Promise<void> {
  await returnedBy(
    dataSource,
    `DELETE FROM webhook_endpoints WHERE url IS NULL AND seen_at < now() - interval '7 days'
     RETURNING id`,
  );
}
