// The library's options, one for each setting. `npm run docs:settings` writes this file.

/** Every setting. Null and undefined count as unset. */
export interface SettingOptions {
  /**
   * production starts no embedded part: every part must be configured. Any other value means
   * local mode.
   */
  readonly nodeEnv?: string | null | undefined;
  /** Port to listen on. Default: 3000. */
  readonly port?: number | null | undefined;
  /** Address to listen on. Unset: localhost in local mode, all addresses in production. */
  readonly host?: string | null | undefined;
  /** One of trace, debug, info, warn, error, fatal, silent. Default: info. */
  readonly logLevel?:
    | 'trace'
    | 'debug'
    | 'info'
    | 'warn'
    | 'error'
    | 'fatal'
    | 'silent'
    | null
    | undefined;
  /** Directory where local mode keeps its database and its secrets. Default: .data. */
  readonly dataDir?: string | null | undefined;
  /**
   * Proxies in front of this service: a number of hops, or a comma-separated list of addresses
   * and networks. Never true. Unset: none.
   */
  readonly trustProxy?: number | string | readonly string[] | false | null | undefined;
  /** web answers requests, worker syncs, all does both. Default: all. */
  readonly role?: 'web' | 'worker' | 'all' | null | undefined;
  /**
   * The PostgreSQL database. sslmode and sslrootcert mean the same as for psql: see TLS to
   * PostgreSQL (docs/operations.md). Example: postgres://user:password@host:5432/database.
   */
  readonly databaseUrl?: string | null | undefined;
  /**
   * Connections of this process for requests and syncs, 2 to 500. Token refreshes use another
   * pool: see Connections (docs/operations.md). Default: 10.
   */
  readonly databasePoolSize?: number | null | undefined;
  /**
   * Redis, for authorization requests, browser sessions and rate limits. Example:
   * redis://host:6379.
   */
  readonly redisUrl?: string | null | undefined;
  /**
   * The HS256 key of your product's JWTs, at least 32 bytes. Or set JWT_JWKS_URL. Make one:
   * openssl rand -base64 48.
   */
  readonly jwtSecret?: string | null | undefined;
  /**
   * The JSON Web Key Set of your identity provider, for asymmetric JWTs. Example:
   * https://id.example.com/.well-known/jwks.json.
   */
  readonly jwtJwksUrl?: string | null | undefined;
  /**
   * Accepted algorithms, comma-separated. Unset: HS256 with a secret; with a key set RS, PS and
   * ES with 256, 384 and 512, EdDSA and Ed25519, each with a key of its type alone.
   */
  readonly jwtAlgorithms?: string | readonly string[] | null | undefined;
  /** The iss that a JWT must have, if set. */
  readonly jwtIssuer?: string | null | undefined;
  /** The aud that a JWT must have, if set. */
  readonly jwtAudience?: string | null | undefined;
  /** Name of a cookie that may carry the JWT. Unset: no cookie is read. */
  readonly jwtCookieName?: string | null | undefined;
  /** Claim that holds the user's id. Default: sub. */
  readonly jwtUserClaim?: string | null | undefined;
  /**
   * Claim that holds the roles: a string or an array of strings. A dotted path is allowed.
   * Default: roles.
   */
  readonly jwtRolesClaim?: string | null | undefined;
  /** Role that may see every account. Default: admin. */
  readonly jwtAdminRole?: string | null | undefined;
  /**
   * Role of your own backends: a JWT with it may act for every user. A person's JWT must not have
   * it. Default: service.
   */
  readonly jwtServiceRole?: string | null | undefined;
  /**
   * Backends that may call without a user: name:sha256-hex, comma-separated. The hash is over the
   * whole key. Two entries may have one name while a key is replaced. Make one: npm run keys --
   * service NAME.
   */
  readonly serviceKeys?: string | readonly string[] | null | undefined;
  /**
   * Signs the cookie of the browser session. Comma-separated, newest first, at least 32 bytes
   * each. Make one: openssl rand -base64 48.
   */
  readonly sessionSecret?: string | readonly string[] | null | undefined;
  /**
   * Keys that encrypt the stored tokens: id:base64-of-32-bytes, comma-separated, newest first.
   * Make one: npm run keys -- generate.
   */
  readonly tokenEncryptionKeys?: string | readonly string[] | null | undefined;
  /**
   * URL of this service without /integrations, as browsers and providers see it: an origin, or
   * with a path where a router is mounted below one. https://app.example.com/api means
   * /api/integrations. Example: https://calendars.example.com.
   */
  readonly oauthRedirectBaseUrl?: string | null | undefined;
  /**
   * Where the browser goes after the callback. Its origin may call this API. Example:
   * https://app.example.com.
   */
  readonly frontendBaseUrl?: string | null | undefined;
  /** More origins that may call this API, comma-separated. */
  readonly frontendOrigins?: string | readonly string[] | null | undefined;
  /** Path prefixes that returnTo may have, comma-separated. Default: /integrations. */
  readonly returnPaths?: string | readonly string[] | null | undefined;
  /**
   * Public https URL for the notices of providers, which they send to
   * {it}/integrations/webhooks/{provider}. It may have a path. A host of a private network is
   * refused. Unset: polling only.
   */
  readonly webhookBaseUrl?: string | null | undefined;
  /**
   * browser: the callback must arrive in the browser that started. frontend: your frontend
   * completes the connection with its JWT. Default: browser.
   */
  readonly oauthCompletion?: 'browser' | 'frontend' | null | undefined;
  /** The access that a start requests where it names none. Default: write. */
  readonly calendarAccess?: 'write' | 'read' | null | undefined;
  /** Seconds that an authorization request is valid. Default: 600. */
  readonly stateTtlSeconds?: number | null | undefined;
  /** Refuse a provider account that another user has connected. Default: false. */
  readonly oneUserPerProviderAccount?: boolean | null | undefined;
  /**
   * Whether service callers may have a live access token of an account, to call its provider
   * themselves. Otherwise that route is a 404. Default: false.
   */
  readonly accessTokenLease?: boolean | null | undefined;
  /**
   * Whether service callers may pass requests through to the calendar API of an account.
   * Otherwise that route is a 404. Default: false.
   */
  readonly providerProxy?: boolean | null | undefined;
  /**
   * Days before today whose events are kept. Microsoft lists at most 1825 days in all, today
   * included. Default: 30.
   */
  readonly syncPastDays?: number | null | undefined;
  /** Days after today whose events are kept. The same limit applies. Default: 365. */
  readonly syncFutureDays?: number | null | undefined;
  /** Minutes between the scheduled syncs of an account. Default: 10. */
  readonly syncPollMinutes?: number | null | undefined;
  /** Accounts of each provider that this process syncs at the same time. Default: 10. */
  readonly syncConcurrency?: number | null | undefined;
  /** Milliseconds to wait for a complete response of a provider. Default: 10000. */
  readonly providerTimeoutMs?: number | null | undefined;
  /** Largest response body, in bytes, that is read from a provider. Default: 10485760. */
  readonly providerMaxBodyBytes?: number | null | undefined;
  /**
   * Whether webhooks may go to private and loopback addresses, and to http. Unset: in local mode
   * only.
   */
  readonly webhookPrivateAddresses?: boolean | null | undefined;
  /** Days that notifications and their deliveries are kept. Default: 30. */
  readonly notificationRetentionDays?: number | null | undefined;
  /**
   * Authorization requests, by user. Opening a session, completing a ticket and disconnecting
   * have the same limit, each with its own count. Default: 20.
   */
  readonly rateLimitStart?: number | null | undefined;
  /**
   * Callbacks, by address. Refused JWTs (except those that have only expired) and provider
   * notices without the right secret have the same limit, each with its own count. Neither stops
   * valid ones from the same address. Default: 60.
   */
  readonly rateLimitCallback?: number | null | undefined;
  /** Sync requests, by user. Selecting a calendar is one. Default: 10. */
  readonly rateLimitSync?: number | null | undefined;
  /** Reads, by user. Default: 600. */
  readonly rateLimitRead?: number | null | undefined;
  /**
   * Writes to calendars, by user: requests that are passed through to the provider, except GET
   * and HEAD. Default: 60.
   */
  readonly rateLimitWrite?: number | null | undefined;
  /** Days that entries of the audit trail are kept. Default: 400. */
  readonly auditRetentionDays?: number | null | undefined;
  /** The name of your product. Unset: the host of FRONTEND_BASE_URL. Example: Acme Planner. */
  readonly productName?: string | null | undefined;
  /**
   * The logo of your product, square. The policy of the pages allows its origin. Example:
   * https://app.example.com/logo.svg.
   */
  readonly productLogoUrl?: string | null | undefined;
  /**
   * The color of the main button. Its text is black or white, whichever reads better. Example:
   * #0f5f58.
   */
  readonly productAccentColor?: string | null | undefined;
  /** Where the pages link back to your product. Example: https://app.example.com. */
  readonly productHomeUrl?: string | null | undefined;
  /** The id of the OAuth client at Google. */
  readonly googleClientId?: string | null | undefined;
  /** The secret of that client: its value, not its id. */
  readonly googleClientSecret?: string | null | undefined;
  /**
   * The calendar scope to read and write. It must be granted. Default:
   * https://www.googleapis.com/auth/calendar.
   */
  readonly googleCalendarScope?: string | null | undefined;
  /** The calendar scope to read only. Default: https://www.googleapis.com/auth/calendar.readonly. */
  readonly googleReadScope?: string | null | undefined;
  /** Where the browser is sent for consent. Default: https://accounts.google.com/o/oauth2/v2/auth. */
  readonly googleAuthorizationUrl?: string | null | undefined;
  /**
   * Where codes and refresh tokens are exchanged for access tokens. Default:
   * https://oauth2.googleapis.com/token.
   */
  readonly googleTokenUrl?: string | null | undefined;
  /** Where a grant is revoked. Default: https://oauth2.googleapis.com/revoke. */
  readonly googleRevocationUrl?: string | null | undefined;
  /**
   * Where the profile of the user is read. Default:
   * https://openidconnect.googleapis.com/v1/userinfo.
   */
  readonly googleUserinfoUrl?: string | null | undefined;
  /** Base of the Calendar API. Default: https://www.googleapis.com/calendar/v3. */
  readonly googleCalendarApiUrl?: string | null | undefined;
  /**
   * Whether disconnecting revokes the grant at Google, and refusing a connection its new one. It
   * then ends for every client of the same Google project; one that a connected account still
   * needs is kept. Default: true.
   */
  readonly googleRevokeOnDisconnect?: boolean | null | undefined;
  /** The id of the OAuth client at Microsoft. */
  readonly microsoftClientId?: string | null | undefined;
  /** The secret of that client: its value, not its id. */
  readonly microsoftClientSecret?: string | null | undefined;
  /**
   * The calendar scope to read and write. It must be granted. Default:
   * https://graph.microsoft.com/Calendars.ReadWrite.
   */
  readonly microsoftCalendarScope?: string | null | undefined;
  /** The calendar scope to read only. Default: https://graph.microsoft.com/Calendars.Read. */
  readonly microsoftReadScope?: string | null | undefined;
  /**
   * Whose accounts may connect: common, organizations, consumers, or one tenant by id or domain.
   * Default: common.
   */
  readonly microsoftTenant?: string | null | undefined;
  /**
   * Base of the authorization and token endpoints. National clouds have their own. Default:
   * https://login.microsoftonline.com.
   */
  readonly microsoftAuthorityUrl?: string | null | undefined;
  /** Base of Microsoft Graph, its version included. Default: https://graph.microsoft.com/v1.0. */
  readonly microsoftGraphUrl?: string | null | undefined;
  /** The authorization endpoint. Unset: {authority}/{tenant}/oauth2/v2.0/authorize. */
  readonly microsoftAuthorizationUrl?: string | null | undefined;
  /** The token endpoint. Unset: {authority}/{tenant}/oauth2/v2.0/token. */
  readonly microsoftTokenUrl?: string | null | undefined;
}
