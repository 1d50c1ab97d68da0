// One Passport strategy run as a promise.

/** What we use of a Passport Authenticator. */
export interface StrategyRunner {
  authenticate(
    name: string,
    options: Record<string, unknown>,
    // biome-ignore lint/suspicious/noExplicitAny: Passport's own types know only Express requests and responses
    callback: (...result: any[]) => void,
    // biome-ignore lint/suspicious/noExplicitAny: as above
  ): (...handled: any[]) => void;
}

export type StrategyOutcome =
  | { readonly outcome: 'redirect'; readonly url: string }
  | { readonly outcome: 'success'; readonly user: unknown; readonly info: unknown }
  | { readonly outcome: 'fail'; readonly challenge: unknown; readonly status: number | undefined };

/** The little of a request that strategies read. It is never the host's own request, whose query a host may parse as it likes. */
export interface StrategyRequest {
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string | string[] | undefined>>;
  /** For our own state store to find. */
  readonly context?: unknown;
}

/**
 * Runs the strategy `name` of `authenticator` over `request`.
 * @returns what the strategy decided
 * @throws whatever the strategy passed to `error`
 */
export function authenticate(
  authenticator: StrategyRunner,
  name: string,
  request: StrategyRequest,
  options: Record<string, unknown> = {},
): Promise<StrategyOutcome> {
  return new Promise((resolve, reject) => {
    const headers = new Map<string, string>();
    // Passport answers a redirect on the response itself; this one only listens.
    const response = {
      statusCode: 200,
      setHeader: (header: string, value: string) => headers.set(header.toLowerCase(), value),
      end: () => {
        const url = headers.get('location');
        if (url === undefined) reject(new Error(`strategy ${name} ended without a redirect`));
        else resolve({ outcome: 'redirect', url });
      },
    };
    const callback = (error: unknown, user: unknown, info: unknown, status?: number) => {
      if (error) reject(error);
      else if (user) resolve({ outcome: 'success', user, info });
      else resolve({ outcome: 'fail', challenge: info, status });
    };
    const pass = (error?: unknown) => reject(error ?? new Error(`strategy ${name} passed`));
    authenticator.authenticate(name, { session: false, ...options }, callback)(
      { headers: {}, ...request },
      response,
      pass,
    );
  });
}
