// Runs one Passport strategy as a promise, without Passport's middleware.

/**
 * The parts of a request that strategies read. It is made by us and is never the host's own
 * request.
 */
export interface StrategyRequest {
  readonly query?: Readonly<Record<string, unknown>>;
  readonly headers?: Readonly<Record<string, string | string[] | undefined>>;
}

/** A Passport strategy, which decides by calling one of the functions that it finds on itself. */
export interface RunnableStrategy {
  authenticate(request: StrategyRequest, options?: object): void;
}

/** What a strategy decided. `user` is the value that its verify callback passed on. */
export type StrategyOutcome<User> =
  | { readonly outcome: 'redirect'; readonly url: string }
  | { readonly outcome: 'success'; readonly user: User }
  | { readonly outcome: 'fail'; readonly challenge: unknown; readonly status: number | undefined };

/**
 * Runs `strategy` over `request` in the way that Passport's `authenticate` does: on an object made
 * from the strategy, which carries the functions `success`, `fail`, `redirect`, `pass` and `error`.
 * The first call of one of them counts.
 * @param options what would be the second argument of Passport's `authenticate`
 * @throws the error that the strategy passed to `error`, or that it threw
 */
export function runStrategy<User>(
  strategy: RunnableStrategy,
  request: StrategyRequest,
  options: object = {},
): Promise<StrategyOutcome<User>> {
  return new Promise((resolve, reject) => {
    const running: RunnableStrategy = Object.assign(Object.create(strategy), {
      success: (user: User) => resolve({ outcome: 'success', user }),
      fail: (challenge: unknown, status?: number) =>
        resolve({ outcome: 'fail', challenge, status }),
      redirect: (url: string) => resolve({ outcome: 'redirect', url }),
      pass: () => reject(new Error('the strategy made no decision')),
      error: (error: unknown) => reject(error),
    });
    running.authenticate({ query: {}, headers: {}, ...request }, options);
  });
}
