// What a provider offers for push: channels that report changes, and reading what arrives on them.

/** A request to watch one calendar. */
export interface WatchRequest {
  readonly accessToken: string;
  readonly providerCalendarId: string;
  /** Chosen by us. Every notice names it. */
  readonly channelId: string;
  /** Sent back with every notice; at most 80 characters of base64url. */
  readonly secret: string;
  /** The URL that notices are sent to. */
  readonly address: string;
  /** The provider's clock as far as we know it. */
  readonly now: Date;
  /**
   * Whether a channel of another account has this resource id. Such a channel must not be changed.
   */
  readonly isAnothers: (resourceId: string) => Promise<boolean>;
  readonly signal?: AbortSignal;
}

/** A request about a channel that exists at the provider. */
export interface ChannelRequest {
  readonly accessToken: string;
  readonly channelId: string;
  readonly resourceId: string;
  readonly now: Date;
  readonly signal?: AbortSignal;
}

/** A request for the list of channels. */
export interface ChannelsRequest {
  readonly accessToken: string;
  /** The URL that the notices of the listed channels are sent to. */
  readonly address: string;
  readonly signal?: AbortSignal;
}

/** A channel as the provider describes it. */
export interface OpenedChannel {
  /** The provider's own id of the channel. */
  readonly resourceId: string;
  readonly expiresAt: Date;
}

/**
 * What one request says about one channel. The request can come from anyone: only the secret proves
 * it.
 */
export interface PushNotice {
  /** The id chosen by us; empty where the notice names none. */
  readonly channelId: string;
  readonly secret: string;
  readonly resourceId: string | null;
  /**
   * `opened`: the channel begins. `changed`: something in the calendar changed. `missed`: notices
   * were lost. `expiring`: the channel ends soon unless it is renewed. `closed`: it has ended.
   */
  readonly kind: 'opened' | 'changed' | 'missed' | 'expiring' | 'closed';
}

/**
 * The notices of one request. What is not asked for with `slice` is not read: a forged request may
 * hold thousands.
 */
export type PushNotices = Pick<readonly PushNotice[], 'length' | 'slice'>;

/** Push of one provider. Every method that sends a request throws ProviderError, classified. */
export interface ProviderPush {
  /** Opens a channel for one calendar. `unsupported`: this calendar can never be watched. */
  watch(request: WatchRequest): Promise<OpenedChannel | 'unsupported'>;
  /**
   * Renews a channel; `gone` when the provider no longer has it. Absent where a new channel has to
   * replace it.
   */
  renew?(request: ChannelRequest): Promise<OpenedChannel | 'gone'>;
  /** Ends a channel. A channel that no longer exists counts as ended. */
  stop(request: ChannelRequest): Promise<void>;
  /**
   * The resource ids of every channel that reports to `address`, also of unknown ones. Absent where
   * it cannot be listed.
   */
  list?(request: ChannelsRequest): Promise<readonly string[]>;
  /**
   * The text to send back when the provider only verifies the address; null for every other
   * request.
   */
  handshake(query: URLSearchParams): string | null;
  /** The notices in a request. Nothing is verified yet. @param body parsed JSON, or undefined */
  read(
    headers: Readonly<Record<string, string | readonly string[] | undefined>>,
    body: unknown,
  ): PushNotices;
}
