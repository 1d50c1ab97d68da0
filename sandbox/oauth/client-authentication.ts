/**
 * Reads which client calls the token endpoint: client_secret_basic or client_secret_post (RFC 6749
 * section 2.3.1).
 */
import type { Exchange } from '../wire/exchange.js';
import type { Client, ProviderName } from '../world/state.js';

/** The id and secret in a request. They are not verified yet. */
export interface PresentedClient {
  clientId: string | null;
  secret: string | null;
  client?: Client;
}

/** Reads the client's id and secret from the Authorization header or the form. */
export function presentedClient(
  exchange: Exchange,
  provider: ProviderName,
  form: URLSearchParams,
): PresentedClient {
  const basic = /^Basic (.+)$/i.exec(exchange.headers['authorization'] ?? '')?.[1];
  let clientId = form.get('client_id');
  let secret = form.get('client_secret');
  if (basic) {
    const [user = '', ...rest] = Buffer.from(basic, 'base64').toString('utf8').split(':');
    clientId = formDecode(user);
    secret = formDecode(rest.join(':'));
  }
  const client = clientId ? exchange.world.client(provider, clientId) : undefined;
  return client ? { clientId, secret, client } : { clientId, secret };
}

function formDecode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return text;
  }
}

/** Whether a redirect URI is registered or is a loopback address (an app in development). */
export function isRegisteredRedirect(
  client: Client,
  redirectUri: string | null,
): redirectUri is string {
  if (!redirectUri) return false;
  if (client.redirectUris.includes(redirectUri)) return true;
  try {
    const url = new URL(redirectUri);
    const loopback = ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname);
    return loopback && ['http:', 'https:'].includes(url.protocol) && !url.hash && !url.username;
  } catch {
    return false;
  }
}
