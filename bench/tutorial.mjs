// The usual way, for comparison: express-session in Redis, passport-google-oauth20 with its own
// state and HTTP, one upsert of the encrypted tokens, one job in a Redis stream.

import { createCipheriv, createSecretKey, randomBytes } from 'node:crypto';
import { RedisStore } from 'connect-redis';
import express from 'express';
import session from 'express-session';
import passport from 'passport';
import { Strategy } from 'passport-google-oauth20';
import pg from 'pg';
import { createClient } from 'redis';

const { PORT, PROVIDER_URL, DATABASE_URL, REDIS_URL, FRONTEND } = process.env;
const key = createSecretKey(randomBytes(32));
const seal = (text) => {
  const nonce = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', key, nonce);
  return Buffer.concat([nonce, cipher.update(text), cipher.final(), cipher.getAuthTag()]).toString(
    'base64',
  );
};

const redis = await createClient({ url: REDIS_URL }).connect();
const pool = new pg.Pool({ connectionString: DATABASE_URL, max: 10 });
await pool.query(`CREATE TABLE IF NOT EXISTS tutorial_accounts (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(), user_id text, provider text, subject text, email text,
  access_token text, refresh_token text, created_at timestamptz DEFAULT now(), UNIQUE (user_id, provider, subject))`);

passport.serializeUser((user, done) => done(null, user));
passport.deserializeUser((user, done) => done(null, user));
passport.use(
  new Strategy(
    {
      clientID: 'client-id',
      clientSecret: 'client-secret',
      callbackURL: `http://127.0.0.1:${PORT}/auth/google/callback`,
      authorizationURL: `${PROVIDER_URL}/authorize`,
      tokenURL: `${PROVIDER_URL}/token`,
      userProfileURL: `${PROVIDER_URL}/userinfo`,
      scope: ['openid', 'email', 'profile', 'https://www.googleapis.com/auth/calendar'],
      state: true,
      pkce: true,
      passReqToCallback: true,
    },
    async (request, accessToken, refreshToken, _params, profile, done) => {
      try {
        const { rows } = await pool.query(
          `INSERT INTO tutorial_accounts (user_id, provider, subject, email, access_token, refresh_token)
           VALUES ($1, 'google', $2, $3, $4, $5)
           ON CONFLICT (user_id, provider, subject)
           DO UPDATE SET access_token = $4, refresh_token = $5 RETURNING id`,
          [
            request.user.id,
            profile.id,
            profile.emails[0].value,
            seal(accessToken),
            seal(refreshToken),
          ],
        );
        await redis.xAdd('tutorial:jobs', '*', { account: rows[0].id });
        done(null, rows[0]);
      } catch (error) {
        done(error);
      }
    },
  ),
);

const app = express();
app.use(
  session({
    store: new RedisStore({ client: redis, prefix: 'tutorial:' }),
    secret: 'bench',
    resave: false,
    saveUninitialized: false,
  }),
);
app.use(passport.session());
app.post('/login', (request, response, next) => {
  request.login({ id: String(request.query.user) }, (error) =>
    error ? next(error) : response.json({}),
  );
});
app.get('/auth/google', passport.authorize('google', { accessType: 'offline', prompt: 'consent' }));
app.get('/auth/google/callback', passport.authorize('google'), (_request, response) =>
  response.redirect(FRONTEND),
);
app.get('/accounts', async (request, response) => {
  const { rows } = await pool.query(
    `SELECT id, provider, email, created_at FROM tutorial_accounts WHERE user_id = $1`,
    [request.user.id],
  );
  response.json(rows);
});
app.listen(Number(PORT), '127.0.0.1', () => console.log('ready'));
