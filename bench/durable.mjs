// The best that we can write by hand with the same durability, for comparison: a browser binding,
// an attempt before the code is spent, sealed tokens on it before the profile is requested, and one
// statement for everything that the product commits with an account. It has no limits, no checks of
// scopes and issuers, no log, and one provider. It uses the tables of the product.

import {
  createCipheriv,
  createHmac,
  createSecretKey,
  hash,
  randomBytes,
  randomUUID,
} from 'node:crypto';
import express from 'express';
import pg from 'pg';
import { createClient } from 'redis';
import { Pool } from 'undici';

const { PORT, PROVIDER_URL, DATABASE_URL, REDIS_URL, FRONTEND, JWT_SECRET } = process.env;
const CALENDAR = 'https://www.googleapis.com/auth/calendar';
const CALLBACK = `http://127.0.0.1:${PORT}/integrations/auth/google/callback`;

const jwtKey = createSecretKey(Buffer.from(JWT_SECRET));
const tokenKey = createSecretKey(randomBytes(32));
const redis = await createClient({ url: REDIS_URL }).connect();
const pool = new pg.Pool({
  connectionString: DATABASE_URL,
  max: 10,
  options: '-c search_path=integrations',
});
const provider = new Pool(PROVIDER_URL, { connections: 32, pipelining: 1 });

const seal = (text, place) => {
  const nonce = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', tokenKey, nonce);
  cipher.setAAD(Buffer.from(place));
  const parts = [nonce, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()];
  return Buffer.concat(parts).toString('base64url');
};
const sha = (text) => hash('sha256', text, 'base64url');
const handle = () => randomBytes(32).toString('base64url');

function signedIn(request, response, next) {
  const [header, payload, signature] = (request.headers.authorization ?? '').slice(7).split('.');
  const made = createHmac('sha256', jwtKey).update(`${header}.${payload}`).digest('base64url');
  if (made !== signature) return response.sendStatus(401);
  const claims = JSON.parse(Buffer.from(payload, 'base64url'));
  if (claims.exp < Date.now() / 1_000) return response.sendStatus(401);
  request.userId = claims.sub;
  next();
}

// The first two do not wait for the disk, as in the product.
const NOT_ON_DISK = `WITH quick AS MATERIALIZED (SELECT set_config('synchronous_commit', 'off', true))`;
const START = `${NOT_ON_DISK} INSERT INTO authorization_attempts
  (id, state_hash, user_id, provider, account_id, status)
  SELECT $1::uuid, $2, $3, 'google', $4::uuid, 'started' FROM quick`;
const KEEP = `${NOT_ON_DISK} UPDATE authorization_attempts
  SET status = 'exchanged', access_token = $2, refresh_token = $3, access_token_expires_at = $4,
      scope = $5, updated_at = now() FROM quick WHERE id = $1 AND status = 'started'`;
const CONNECT = `
  WITH attempt AS (
    UPDATE authorization_attempts SET status = 'done', access_token = NULL, refresh_token = NULL,
           updated_at = now() WHERE id = $11::uuid AND status = 'exchanged' RETURNING account_id),
  account AS (
    INSERT INTO connected_accounts (id, user_id, provider, provider_account_id, email, display_name,
           scopes, status, access_token, refresh_token, access_token_expires_at, connected_at,
           updated_at)
    SELECT $1::uuid, $2, 'google', $3, $4, $5, $6::text[], 'connected', $7, $8, $9::timestamptz,
           now(), now() FROM attempt
    ON CONFLICT (user_id, provider, provider_account_id) DO NOTHING RETURNING id, user_id),
  sync AS (
    INSERT INTO account_syncs (account_id, sync_id, state, trigger, heartbeat_at)
    SELECT id, $10::uuid, 'queued', 'connect', now() FROM account),
  due AS (INSERT INTO sync_successes (account_id, due_at) SELECT id, now() FROM account),
  recorded AS (
    INSERT INTO audit_entries (action, actor_kind, actor_id, request_id, user_id, account_id,
           provider, outcome)
    SELECT 'account.connect', 'user', user_id, $12, user_id, id, 'google', 'success' FROM account),
  numbers AS (INSERT INTO notification_sequences (account_id, last) SELECT id, 1 FROM account),
  told AS (
    INSERT INTO notifications (account_id, user_id, provider, sequence, type, data)
    SELECT id, user_id, 'google', 1, 'account.connected',
           '{"status": "connected", "access": "write"}' FROM account),
  job AS (
    INSERT INTO integrations_jobs.job_common (name, data, singleton_key, expire_seconds,
           deletion_seconds, keep_until, retry_limit, retry_delay, retry_backoff, retry_delay_max,
           policy, heartbeat_seconds)
    SELECT q.name, $13::jsonb, $10::uuid::text, q.expire_seconds, q.deletion_seconds,
           now() + q.retention_seconds * interval '1s', q.retry_limit, q.retry_delay,
           q.retry_backoff, q.retry_delay_max, q.policy, q.heartbeat_seconds
      FROM account, integrations_jobs.queue q WHERE q.name = 'sync-account-google' RETURNING id)
  SELECT 1 / (SELECT count(*)::integer FROM job)`;
const LIST = `SELECT a.id, a.user_id, a.provider, a.email, a.display_name, a.scopes, a.status,
    a.status_reason, a.connected_at, a.updated_at, s.state, s.phase, s.trigger, s.started_at,
    s.finished_at, s.calendars_done, s.calendars_total, s.events_seen, s.error_code,
    s.last_synced_at, s.next_sync_at
  FROM connected_accounts a JOIN account_syncs s ON s.account_id = a.id
  WHERE user_id = $1 ORDER BY connected_at DESC, id DESC LIMIT 51`;

const FIXED = new URLSearchParams({
  client_id: 'client-id',
  response_type: 'code',
  redirect_uri: CALLBACK,
  scope: `openid email profile ${CALENDAR}`,
  access_type: 'offline',
  prompt: 'consent',
  code_challenge_method: 'S256',
});

async function call(method, path, headers, body) {
  const answer = await provider.request({ method, path, headers, body });
  if (answer.statusCode !== 200) throw new Error(`the provider answered ${answer.statusCode}`);
  return answer.body.json();
}

const app = express().disable('x-powered-by').set('etag', false);
app.get('/integrations/oauth-url/google', signedIn, async (request, response) => {
  const [state, verifier, binding] = [handle(), handle(), handle()];
  const kept = { u: request.userId, b: sha(binding), v: seal(verifier, sha(state)) };
  // Only the product opens it again: here the verifier stays beside its seal.
  await redis.set(`durable:${sha(state)}`, JSON.stringify({ ...kept, verifier }), {
    NX: true,
    EX: 600,
  });
  response.cookie('durable', binding, { httpOnly: true, sameSite: 'lax', maxAge: 600_000 });
  const url = `${PROVIDER_URL}/authorize?${FIXED}&state=${state}&code_challenge=${sha(verifier)}`;
  response.json({ url, state });
});
app.get('/integrations/auth/google/callback', async (request, response) => {
  const { code, state } = request.query;
  const kept = JSON.parse((await redis.getDel(`durable:${sha(state)}`)) ?? '{}');
  const binding = /(?:^|; )durable=([\w-]{43})/.exec(request.headers.cookie ?? '')?.[1] ?? '';
  if (kept.b !== sha(binding)) return response.redirect('/fail');
  const { u: user, verifier } = kept;
  const [attempt, account, sync] = [randomUUID(), randomUUID(), randomUUID()];
  await pool.query({ name: 'start', text: START, values: [attempt, sha(state), user, account] });
  const form = new URLSearchParams({
    grant_type: 'authorization_code',
    code,
    code_verifier: verifier,
    redirect_uri: CALLBACK,
    client_id: 'client-id',
    client_secret: 'client-secret',
  });
  const type = { 'content-type': 'application/x-www-form-urlencoded' };
  const tokens = await call('POST', '/token', type, form.toString());
  const [access, refresh] = [
    seal(tokens.access_token, `${account}:access`),
    seal(tokens.refresh_token, `${account}:refresh`),
  ];
  const until = new Date(Date.now() + tokens.expires_in * 1_000);
  const sealed = [attempt, access, refresh, until, tokens.scope];
  await pool.query({ name: 'keep', text: KEEP, values: sealed });
  const bearer = { authorization: `Bearer ${tokens.access_token}` };
  const { sub, email, name } = await call('GET', '/userinfo', bearer);
  const job = { accountId: account, syncId: sync };
  const values = [account, user, sub, email, name, [CALENDAR], access, refresh, until, sync];
  await pool.query({
    name: 'connect',
    text: CONNECT,
    values: [...values, attempt, randomUUID(), job],
  });
  response.redirect(FRONTEND);
});
app.get('/integrations/accounts', signedIn, async (request, response) => {
  const { rows } = await pool.query({ name: 'list', text: LIST, values: [request.userId] });
  response.json({ data: rows, nextCursor: null });
});
app.listen(Number(PORT), '127.0.0.1', () => console.log('ready'));
