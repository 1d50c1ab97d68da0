/**
 * A worker process that delivers, and that a test may kill: `storm-worker.ts URL LEASE`. Retries
 * come soon, so that a test need not wait for 75 hours.
 */
import { createSecretKey } from 'node:crypto';
import { sealerOf } from '../../src/accounts/sealer.js';
import { TokenCipher } from '../../src/accounts/token-cipher.js';
import { createDataSource } from '../../src/database/options.js';
import { DeliveryWorker } from '../../src/notifications/delivery-worker.js';
import { SECRETS_TABLE } from '../../src/notifications/endpoint-secrets.js';
import { FAN_OUT } from '../../src/notifications/fan-out.js';
import { Numbering } from '../../src/notifications/numbering.js';
import { createWebhookSender } from '../../src/notifications/webhook-sender.js';
import { TOKEN_KEY } from '../support/secrets.js';

const [, , url = '', lease = '60'] = process.argv;
const dataSource = await createDataSource({ url, poolSize: 10 }).initialize();
const key = createSecretKey(Buffer.from(TOKEN_KEY, 'base64'));
new DeliveryWorker({
  dataSource,
  numbering: new Numbering(dataSource, FAN_OUT),
  sender: createWebhookSender({ allowPrivate: true, userAgent: 'test', timeoutMs: 2_000 }),
  sealer: sealerOf(new TokenCipher([{ id: 'test', key }]), SECRETS_TABLE),
  isStillTrue: async () => true,
  onNotification: null,
  logger: { warn: (fields, message) => console.error(message, fields) },
  random: Math.random,
  retryDelay: (attempts) => (attempts >= 30 ? null : 200 * Math.min(attempts, 5)),
  leaseSeconds: Number(lease),
}).start();
process.send?.('ready');
