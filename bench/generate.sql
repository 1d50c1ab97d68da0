-- Fills a migrated database. Read by bench/generate.mjs and by test/database/plans.test.ts, which set
-- growth.accounts (at least 1,000) and growth.events (at least 50,000) in the session. Account 0 has
-- one calendar of 50,000 events, the user `many` has 1,000 accounts or a tenth of all.
SET synchronous_commit = off;
-- Foreign keys hold by construction, and triggers would only repeat what is written here.
SET session_replication_role = replica;

CREATE TEMPORARY VIEW numbered AS
  SELECT i, md5('account' || i)::uuid AS id, md5('calendar' || i)::uuid AS calendar,
         CASE WHEN i % 100 = 7 THEN 'reauthorization_required'
              WHEN i % (current_setting('growth.accounts')::integer / 50) = 13 THEN 'disconnecting'
              ELSE 'connected' END AS status
    FROM generate_series(0, current_setting('growth.accounts')::integer - 1) AS i;

INSERT INTO connected_accounts (id, user_id, provider, provider_account_id, email, display_name,
  scopes, status, status_reason, access_token, refresh_token, access_token_expires_at,
  connected_at, updated_at)
SELECT id,
       CASE WHEN i = 0 THEN 'full'
            WHEN i <= least(1000, current_setting('growth.accounts')::integer / 10) THEN 'many'
            ELSE 'user-' || i / 3 END,
       CASE WHEN i % 3 = 2 THEN 'microsoft' ELSE 'google' END, md5('provider' || i),
       'u' || i || '@example.com', 'User ' || i, '{https://www.googleapis.com/auth/calendar}',
       status, CASE WHEN status = 'reauthorization_required' THEN 'revoked' END,
       'v1.bench.' || repeat(md5(i::text), 11), 'v1.bench.' || repeat(md5('r' || i), 6),
       now() + interval '50 minutes', now() - random() * interval '400 days', now()
  FROM numbered;

-- The next sync is between one and two hours away. Some runs are open, and some are stuck.
INSERT INTO account_syncs (account_id, paused_for, sync_id, state, trigger, started_at, finished_at,
  heartbeat_at, failures, error_code, last_synced_at, next_sync_at)
SELECT id, nullif(status, 'connected'), md5('run' || i)::uuid,
       CASE WHEN i BETWEEN 100 AND 140 THEN 'running' WHEN i BETWEEN 200 AND 300 THEN 'queued'
            ELSE 'idle' END, 'schedule', now() - interval '5 minutes', now() - interval '5 minutes',
       now() - CASE WHEN i BETWEEN 100 AND 120 THEN interval '10 minutes' ELSE interval '0' END,
       CASE WHEN i % 50 = 3 THEN 1 ELSE 0 END, CASE WHEN i % 50 = 3 THEN 'provider_error' END,
       now() - interval '5 minutes',
       CASE WHEN status = 'connected' AND i NOT BETWEEN 100 AND 300
            THEN now() + interval '1 hour' * (1 + random()) END
  FROM numbered;
INSERT INTO sync_successes (account_id, due_at)
SELECT id, now() + interval '1 hour' * (1 + random()) FROM numbered WHERE status = 'connected';

INSERT INTO calendars (id, account_id, provider_calendar_id, name, time_zone, is_primary,
  access_role, selected, cursor, round, window_from, window_to, window_made_on, last_synced_at,
  attempted_at)
SELECT md5('calendar' || CASE WHEN k = 0 THEN '' ELSE 'other' END || i)::uuid, id,
       'primary' || i || '-' || k, 'Calendar', 'Europe/Berlin', k = 0, 'owner', k = 0,
       'v1:' || md5('c' || i), md5('round' || i)::uuid, now() - interval '30 days',
       now() + interval '365 days', now(), now(), now()
  FROM numbered, generate_series(0, 1) AS k WHERE k = 0 OR i % 4 = 0;
INSERT INTO push_channels (id, account_id, calendar_id, resource_id, secret_hash, address, state,
  attempted_at, expires_at, renew_at)
SELECT md5('channel' || i)::uuid, id, calendar, 'resource' || i, sha256(i::text::bytea),
       'https://calendars.example.com/integrations/webhooks/google', 'active', now(),
       now() + interval '7 days', now() + interval '6 days'
  FROM numbered WHERE i % 2 = 0 AND status = 'connected';

-- One in fifty lasts three days. The others last an hour.
INSERT INTO events (account_id, calendar_id, provider_event_id, series_id, ical_uid, etag, title,
  description, location, kind, all_day, starts_at, ends_at, start_time_zone, end_time_zone, status,
  busy, event_type, visibility, organizer, attendees, self_response, conference_url, reminders,
  link, provider_created_at, provider_updated_at, sparse, shown, round, changed_at)
SELECT md5('account' || i)::uuid, md5('calendar' || i)::uuid, 'e' || k,
       CASE WHEN k % 5 < 3 THEN 's' || k % 7 || i END, 'uid' || k || '@google.com',
       '"3' || k || '"', 'Event number ' || k,
       repeat('Agenda: review of open points, then plan. ', 4), 'Room 12',
       CASE WHEN k % 5 < 3 THEN 'occurrence' ELSE 'single' END, false, starts,
       starts + CASE WHEN k % 50 = 0 THEN interval '72 hours' ELSE interval '1 hour' END,
       'Europe/Berlin', 'Europe/Berlin', 'confirmed', true, 'default', 'default',
       '{"email":"me@example.com","name":"Me","self":true}',
       '[{"email":"p1@example.com","name":"Person 1","response":"accepted","optional":false,"resource":false,"organizer":true,"self":true},{"email":"p2@example.com","name":"Person 2","response":"needsAction","optional":false,"resource":false,"organizer":false,"self":false}]',
       'accepted', 'https://meet.google.com/abc-defg-hij', '{"useDefault":true,"overrides":[]}',
       'https://www.google.com/calendar/event?eid=' || k, now(), now(), false, true,
       md5('round' || i)::uuid, now() - random() * interval '28 days'
  FROM (SELECT 0 AS i, k FROM generate_series(1, 50000) AS k
        UNION ALL
        SELECT 1 + k % (current_setting('growth.accounts')::integer - 1), k
          FROM generate_series(50001, current_setting('growth.events')::integer) AS k) AS which,
       LATERAL (SELECT date_trunc('hour', now()) - interval '30 days'
                       + k * 37 % 395 * interval '1 day' + k % 24 * interval '1 hour' AS starts) AS time;
INSERT INTO event_tombstones (event_id, account_id, calendar_id, provider_event_id, deleted_at)
SELECT gen_random_uuid(), md5('account0')::uuid, md5('calendar0')::uuid, 'gone' || k,
       now() - random() * interval '28 days' FROM generate_series(1, 5000) AS k;

INSERT INTO notification_sequences (account_id, last) SELECT id, 1 FROM numbered;
INSERT INTO notifications (account_id, user_id, provider, sequence, type, data, created_at, position)
SELECT id, 'user-' || i / 3, 'google', 1, 'sync.completed', '{"changed": 1, "deleted": 0}', now(),
       i + 1 FROM numbered;
UPDATE notification_feed SET last_position = current_setting('growth.accounts')::integer;
INSERT INTO audit_entries (at, action, actor_kind, actor_id, user_id, account_id, provider, outcome)
SELECT now() - random() * interval '300 days', 'account.connect', 'user', 'user-' || i / 3,
       'user-' || i / 3, id, 'google', 'success' FROM numbered;
INSERT INTO authorization_attempts (id, state_hash, user_id, provider, status, account_id,
  created_at, updated_at)
SELECT gen_random_uuid(), md5('state' || i), 'user-' || i / 3, 'google', 'done', id,
       now() - random() * interval '6 days', now() - interval '1 hour' FROM numbered;
INSERT INTO connect_links (id, token_hash, user_id, created_at, expires_at)
SELECT gen_random_uuid(), md5('link' || i), 'user-' || i / 3, now(), now() + interval '1 day'
  FROM numbered;
INSERT INTO admin_consent_requests (id, state_hash, user_id, provider, client_id, created_at, expires_at)
SELECT md5('consent' || i)::uuid, md5('consent-state' || i), 'user-' || i / 3, 'microsoft', 'client',
       now(), now() + interval '1 day' FROM numbered;
INSERT INTO timed_notifications (event_id, type, minutes_before, moment)
SELECT md5('event' || k)::uuid, 'event.starting', 10, now() - k % 3600 * interval '1 second'
  FROM generate_series(1, current_setting('growth.accounts')::integer) AS k;
RESET session_replication_role;
ANALYZE;
