/**
 * The OAuth server of both emulated providers. Where they differ, it is as strict as the stricter
 * one.
 */
import { createHash, randomUUID } from 'node:crypto';
import { type Answer, type Call, type Json, repeated, type Store, withQuery } from './wire.js';

export interface Client {
  readonly id: string;
  readonly secret: string;
}

/** A person's decision on the consent page. */
export interface Decision {
  /** An error redirect instead of a code: its parameters besides `state`. */
  readonly error?: Record<string, string>;
  /** Parameters added to a successful redirect. */
  readonly extra?: Record<string, string>;
  /** The granted part of the requested scopes. */
  readonly scopes?: (asked: string[]) => string[];
  /** Changes the token response. */
  readonly token?: (answer: Json) => unknown;
}

interface Code {
  readonly person: string;
  readonly redirectUri: string;
  readonly challenge: string | null;
  readonly scopes: string[];
  readonly refreshable: boolean;
  readonly decision: Decision;
  used: boolean;
}

export interface Grant {
  readonly person: string;
  readonly scopes: string[];
  alive: boolean;
}

export class OAuthServer {
  client: Client = { id: `client.${randomUUID()}`, secret: `s/e+c=r&t~${randomUUID()}` };
  /** The person who consents. */
  person = '';
  decision: Decision = {};
  /** `expires_in` of the token responses, in seconds. */
  expiresIn: unknown = 3599;
  tokenStyle: 'opaque' | 'jwt' = 'opaque';
  rotates = false;
  spellScopes: (scopes: string[]) => string = (scopes) => scopes.join(' ');
  readonly access = new Map<string, Grant>();
  readonly refresh = new Map<string, Grant>();
  private readonly codes = new Map<string, Code>();

  constructor(private readonly emulator: Store) {
    emulator.secrets.push(this.client.secret);
  }

  /** An invalid request gets an error page; only a valid one is redirected back. */
  authorize(
    call: Call,
    refreshable: (query: URLSearchParams, scopes: string[]) => boolean,
  ): Answer {
    const query = call.url.searchParams;
    const redirectUri = query.get('redirect_uri') ?? '';
    const wrong =
      repeated(query) ??
      (query.get('client_id') !== this.client.id && 'client_id') ??
      (query.get('response_type') !== 'code' && 'response_type');
    if (wrong || !redirectUri || !query.get('state'))
      return this.refuse(`authorization request: ${wrong || 'missing'}`);
    if (query.has('code_challenge') && query.get('code_challenge_method') !== 'S256')
      return this.refuse('plain PKCE');
    if (!query.has('code_challenge')) this.emulator.violations.push('no PKCE');
    const state = query.get('state') ?? '';
    this.emulator.secrets.push(state);
    const { decision } = this;
    if (decision.error)
      return {
        status: 302,
        headers: { location: withQuery(redirectUri, { ...decision.error, state }) },
      };
    const asked = (query.get('scope') ?? '').split(' ').filter(Boolean);
    const scopes = decision.scopes?.(asked) ?? asked;
    const code = this.emulator.secret(this.tokenStyle === 'jwt' ? 1400 : 73, '4/0A');
    this.codes.set(code, {
      person: this.person,
      redirectUri,
      challenge: query.get('code_challenge'),
      scopes,
      refreshable: refreshable(query, scopes),
      decision,
      used: false,
    });
    return {
      status: 302,
      headers: { location: withQuery(redirectUri, { code, ...decision.extra, state }) },
    };
  }

  token(call: Call): Answer {
    if (
      call.method !== 'POST' ||
      !call.headers['content-type']?.startsWith('application/x-www-form-urlencoded')
    )
      return this.refuse(`token request: ${call.method} ${call.headers['content-type']}`);
    if (call.url.search) this.emulator.violations.push('token request with a query');
    const twice = repeated(call.form);
    if (twice) return this.refuse(`token request: ${twice} twice`);
    if (
      call.form.get('client_id') !== this.client.id ||
      call.form.get('client_secret') !== this.client.secret
    )
      return {
        status: 401,
        body: { error: 'invalid_client', error_description: 'The OAuth client was not found.' },
      };
    return call.form.get('grant_type') === 'refresh_token'
      ? this.refreshed(call)
      : this.exchanged(call);
  }

  private exchanged(call: Call): Answer {
    const code = this.codes.get(call.form.get('code') ?? '');
    if (!code || code.used) return this.refuse('a code unknown or spent', 'invalid_grant');
    if (code.redirectUri !== call.form.get('redirect_uri'))
      return this.refuse('another redirect_uri', 'invalid_grant');
    const verifier = call.form.get('code_verifier') ?? '';
    this.emulator.secrets.push(verifier);
    if (
      code.challenge &&
      createHash('sha256').update(verifier).digest('base64url') !== code.challenge
    )
      return this.refuse('a wrong code_verifier', 'invalid_grant');
    code.used = true;
    const grant: Grant = { person: code.person, scopes: code.scopes, alive: true };
    const body = this.tokens(grant, code.refreshable);
    return { body: code.decision.token ? code.decision.token(body) : body };
  }

  private refreshed(call: Call): Answer {
    const old = call.form.get('refresh_token') ?? '';
    const grant = this.refresh.get(old);
    if (!grant?.alive)
      return {
        status: 400,
        body: { error: 'invalid_grant', error_description: 'Token has been expired or revoked.' },
      };
    if (this.rotates) this.refresh.delete(old);
    return { body: this.tokens(grant, this.rotates) };
  }

  private tokens(grant: Grant, refreshable: boolean): Json {
    const access = this.accessToken();
    this.access.set(access, grant);
    const refresh = refreshable
      ? this.emulator.secret(this.tokenStyle === 'jwt' ? 1300 : 103, '1//0g')
      : undefined;
    if (refresh) this.refresh.set(refresh, grant);
    return {
      token_type: this.tokenStyle === 'jwt' ? 'bearer' : 'Bearer',
      scope: this.spellScopes(grant.scopes),
      expires_in: this.expiresIn,
      ext_expires_in: 7200,
      access_token: access,
      ...(refresh ? { refresh_token: refresh } : {}),
      id_token: 'not.a.token',
      not_before_policy: 0,
    };
  }

  private accessToken(): string {
    if (this.tokenStyle === 'opaque') return this.emulator.secret(900, 'ya29.');
    const part = (text: string) => Buffer.from(text).toString('base64url');
    const payload = part(
      JSON.stringify({ aud: '00000003', jti: randomUUID(), filler: 'x'.repeat(1450) }),
    );
    return [part('{"typ":"JWT","alg":"RS256"}'), payload, this.emulator.secret(440)].join('.');
  }

  /** The grant of a call's bearer token, if the token is valid. */
  bearer(call: Call): Grant | undefined {
    if (call.url.searchParams.has('access_token'))
      this.emulator.violations.push(`a token in the URL of ${call.kind}`);
    const [, token = ''] = /^Bearer (\S+)$/.exec(call.headers.authorization ?? '') ?? [];
    const grant = this.access.get(token);
    return grant?.alive ? grant : undefined;
  }

  /** Expires all access tokens; refresh tokens stay valid. */
  expireAccess(): void {
    this.access.clear();
  }

  killGrants(person: string): void {
    for (const grant of [...this.access.values(), ...this.refresh.values()])
      if (grant.person === person) grant.alive = false;
  }

  private refuse(what: string, error = 'invalid_request'): Answer {
    this.emulator.violations.push(what);
    return { status: 400, body: { error, error_description: `<b>${what}</b>` } };
  }
}
