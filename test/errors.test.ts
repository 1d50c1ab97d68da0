// What each error code means to the code around it: these lists are a promise to clients and to the
// sync.

import { describe, expect, test } from '@jest/globals';
import {
  ERRORS,
  type ErrorCode,
  IntegrationError,
  isAccountWide,
  isInRedirect,
  isRetryable,
  needsUser,
  ProviderError,
  statusReasonOf,
} from '../src/errors.js';

const CODES = Object.keys(ERRORS) as ErrorCode[];

describe('the table of errors', () => {
  test('these codes are retryable', () => {
    expect(CODES.filter(isRetryable).sort()).toEqual([
      'calendar_gone',
      'changes_unavailable',
      'cursor_expired',
      'provider_error',
      'provider_misconfigured',
      'provider_unavailable',
      'rate_limited',
      'server_error',
      'sync_interrupted',
      'temporarily_unavailable',
      'throttled',
      'token_key_missing',
    ]);
  });

  test('these codes end the whole run of an account', () => {
    expect(CODES.filter(isAccountWide).sort()).toEqual([
      'account_not_found',
      'admin_consent_required',
      'missing_scopes',
      'no_mailbox',
      'provider_misconfigured',
      'provider_not_configured',
      'reauthorization_required',
      'temporarily_unavailable',
      'token_key_missing',
      'token_unreadable',
    ]);
  });

  test('a redirect carries these codes', () => {
    expect(CODES.filter(isInRedirect).sort()).toEqual([
      'access_denied',
      'account_already_connected',
      'account_mismatch',
      'admin_consent_required',
      'invalid_state',
      'missing_scopes',
      'no_refresh_token',
      'provider_error',
      'provider_misconfigured',
      'provider_unavailable',
      'rate_limited',
      'server_error',
      'temporarily_unavailable',
      'unauthenticated',
    ]);
  });

  test('only the user can fix an account with these codes', () => {
    expect(CODES.filter(needsUser).sort()).toEqual([
      'admin_consent_required',
      'missing_scopes',
      'no_mailbox',
      'reauthorization_required',
      'token_unreadable',
    ]);
  });

  test('every detail is a sentence, and none repeats its code', () => {
    for (const code of CODES) {
      expect(ERRORS[code].detail).toMatch(/^[A-Za-z].*\.$/);
      expect(ERRORS[code].detail).not.toContain(code);
    }
  });
});

describe('the reason to reconnect', () => {
  test('the provider’s reason is used if there is one', () => {
    const error = new ProviderError('reauthorization_required', { statusReason: 'expired' });
    expect(statusReasonOf(error)).toBe('expired');
  });

  test('the code’s own reason is used if the provider gave none', () => {
    expect(statusReasonOf(new ProviderError('reauthorization_required'))).toBe('revoked');
    expect(statusReasonOf(new IntegrationError('no_mailbox'))).toBe('no_mailbox');
  });

  test('any other error has the reason unknown', () => {
    expect(statusReasonOf(new IntegrationError('throttled'))).toBeNull();
    expect(statusReasonOf(new Error('unexpected'))).toBeNull();
  });
});
