// One careful fetch: every request to a provider goes through here.

/** A request to a provider. Exactly one of `form` and `json`, or neither. */
export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly form?: Readonly<Record<string, string>>;
  readonly json?: unknown;
  /** Bytes; the client's own limit when absent. */
  readonly maxBodyBytes?: number;
  readonly signal?: AbortSignal;
}

export interface HttpResponse {
  readonly status: number;
  /** Lower-case names; repeated headers joined by a comma. */
  readonly headers: Readonly<Record<string, string>>;
  /** The parsed JSON body; undefined when the body is empty or is not JSON (which is for the caller to judge by status). */
  readonly body: unknown;
}

export interface HttpClient {
  /**
   * Sends one request and reads its whole answer within one deadline, whatever the status.
   * @throws ProviderError `provider_unavailable`: no answer in time, a broken connection, a redirect, a body too large
   */
  request(request: HttpRequest): Promise<HttpResponse>;
  close(): Promise<void>;
}
