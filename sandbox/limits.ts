/**
 * The providers' limits per user: Google's requests per minute, Microsoft's simultaneous requests.
 */
import { rateLimitExceeded } from './google/errors.js';
import { throttled } from './microsoft/graph-error.js';
import type { Exchange } from './wire/exchange.js';
import type { Reply } from './wire/reply.js';
import type { Found } from './wire/route-table.js';

const MINUTE = 60_000;

/**
 * Creates the check of the limits. Google's minute is measured in real time, not by the sandbox's
 * clock.
 */
export function createLimits(): (exchange: Exchange, found: Found) => Reply | undefined {
  const seen = new Map<string, number[]>();
  return (exchange, { route }) => {
    if (route.group !== 'api' || !exchange.account) return undefined;
    const { google, microsoft } = exchange.world.state.settings;
    if (route.provider === 'microsoft') {
      const limit = microsoft.maxConcurrentPerMailbox;
      return limit !== null && exchange.inFlight > limit ? throttled(exchange.world) : undefined;
    }
    if (google.requestsPerMinutePerUser === null) return undefined;
    const now = performance.now();
    const recent = (seen.get(exchange.account.id) ?? []).filter((at) => now - at < MINUTE);
    recent.push(now);
    seen.set(exchange.account.id, recent);
    return recent.length > google.requestsPerMinutePerUser
      ? rateLimitExceeded('userRateLimitExceeded')
      : undefined;
  };
}
