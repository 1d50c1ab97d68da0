// The shape of a route: one object from which both the router and the OpenAPI document are made.

import type { ErrorRequestHandler, Request, Response } from 'express';
import type { z } from 'zod';
import type { ConnectedAccount } from '../accounts/connected-account.js';
import type { ErrorCode } from '../errors.js';
import type { AdminCaller, Caller, ServiceCaller } from '../vocabulary.js';
import type { Answer, Shown } from './answers.js';
import type { LimitName } from './rate-limit.js';
import type { HttpServices } from './services.js';

/** The methods that routes answer. */
export type Method = 'get' | 'post' | 'put' | 'patch' | 'delete';

/**
 * Who may call a route.
 * - `user`: a user or admin, proven by a JWT, a browser session or the host, for themselves; and a
 *   service caller, for the user whom `userId` (of the query or the body) or an account names.
 * - `bearer`: as `user`, but without the cookies of a browser.
 * - `user or service`: as `user`; a service caller need not name a user.
 * - `service`: service callers.
 * - `service or admin`: service callers and admins.
 * - `optional`: anyone; credentials in the `Authorization` header must be valid.
 * - `anyone`: the route does not ask who is calling.
 */
export type Who =
  | 'user'
  | 'bearer'
  | 'user or service'
  | 'service'
  | 'service or admin'
  | 'optional'
  | 'anyone';

/** The routes that act for a user: a service caller names this user. */
type ForUser = 'user' | 'bearer';

/** The caller of a route. */
type CallerOf<W extends Who> = W extends ForUser | 'user or service'
  ? Caller
  : W extends 'service'
    ? ServiceCaller
    : W extends 'service or admin'
      ? ServiceCaller | AdminCaller
      : Caller | null;

/** Who may reach the account that a path names. To anyone else it does not exist. */
export type AccountAccess = 'owner' | 'owner or admin';

/**
 * One variable of a path: an id, the name of a provider, a token that its handler checks, or the
 * rest of the path as it was sent.
 */
export type PathPart =
  | { readonly kind: 'id'; readonly notFound: ErrorCode }
  | { readonly kind: 'provider' }
  | { readonly kind: 'token' }
  | { readonly kind: 'rest' };

/** The variables of a path, by name. */
export type PathParts = Readonly<Record<string, PathPart>>;

/** An id in a path. @param notFound the code that answers a value that is not a UUID */
export function id(notFound: ErrorCode): PathPart {
  return { kind: 'id', notFound };
}

/** The path variable of routes about one account. */
export const ACCOUNT_ID = { accountId: id('account_not_found') };

/** The path variable of routes about one provider. */
export const PROVIDER_ID = { provider: { kind: 'provider' } } as const;

/** A request that has reached a route, before anything of it is validated. */
export interface IncomingRequest {
  readonly request: Request;
  readonly response: Response;
  readonly services: HttpServices;
}

/** One check of a route. It refuses the request by throwing an IntegrationError. */
export type Check = (incoming: IncomingRequest) => void | Promise<void>;

/** A request whose caller, path, query and body are known and valid. */
export interface ValidRequest<
  Parts extends PathParts = PathParts,
  Query extends z.ZodObject = z.ZodObject,
  Body extends z.ZodObject = z.ZodObject,
  W extends Who = Who,
  Access extends AccountAccess | 'none' = AccountAccess | 'none',
> extends IncomingRequest {
  /** Null where the route lets in callers who are not signed in. */
  readonly caller: CallerOf<W>;
  /**
   * The user for whom the request acts: the person who calls, or the user whom a service caller
   * names. Null where there is none.
   */
  readonly userId: W extends ForUser ? string : string | null;
  /** The account that the path names; null where the route does not ask for it. */
  readonly account: Access extends AccountAccess ? ConnectedAccount : null;
  readonly path: { readonly [Name in keyof Parts]: string };
  readonly query: z.infer<Query>;
  readonly body: z.infer<Body>;
}

/** A route as its file writes it. Its fields stand in the order in which a request meets them. */
export interface RouteDefinition<
  Parts extends PathParts,
  Query extends z.ZodObject,
  Body extends z.ZodObject,
  W extends Who,
  Access extends AccountAccess | 'none',
  Schema extends z.ZodType | null,
> {
  readonly method: Method;
  /** Below `/integrations`, in Express's spelling. */
  readonly path: string;
  /** Unique among all routes; client generators name their functions after it. */
  readonly operationId: string;
  /** The heading that groups this route in the document. */
  readonly tag: string;
  readonly summary: string;
  readonly description?: string;
  /** Whether caches may keep the answer. Only for answers without URL, state, account or event. */
  readonly isStorable?: boolean;
  /** Whether a page of any origin may call it. Only where providers call or send the browser. */
  readonly isForAnyOrigin?: boolean;
  /** Checks before the caller is known. */
  readonly before?: readonly Check[];
  readonly who: W;
  /** The limit that the request counts against. */
  readonly limit?: LimitName;
  /** The largest body in bytes, for a route that reads a body of any type by itself. */
  readonly rawBodyBytes?: number;
  /** Whether the body that `rawBodyBytes` reads is passed on, so that the document has it. */
  readonly isBodyPassedOn?: boolean;
  /** Checks after the body has been read and before anything is validated. */
  readonly checks?: readonly Check[];
  /**
   * Who may reach the account of the path. A service caller may reach every one. An admin's access
   * to another's account is logged.
   */
  readonly account?: Access;
  readonly parts?: Parts;
  readonly query?: Query;
  /** Parameters that `handle` reads by itself. The document describes them. */
  readonly ownQuery?: z.ZodObject;
  /** Whether parameters that no one describes are ignored: a provider adds its own. */
  readonly isQueryOpen?: boolean;
  readonly body?: Body;
  /**
   * The usual answer. What `handle` returns is sent with its status, and has to match its schema.
   */
  readonly answer: Answer<Schema>;
  /** Answers that `handle` sends by itself. */
  readonly otherAnswers?: readonly Answer<z.ZodType | null>[];
  /** The codes of problems beyond those that follow from `who` and `body`. */
  readonly problems?: readonly ErrorCode[];
  /** Returns the body of the answer, or nothing where it has answered or where there is no body. */
  handle(request: ValidRequest<Parts, Query, Body, W, Access>): Returned<Schema>;
  /** What happens to a failure of this route, in place of the usual problem. */
  readonly onError?: (services: HttpServices) => ErrorRequestHandler;
}

type Returned<Schema> = Schema extends z.ZodType
  ? Shown<Schema> | undefined | Promise<Shown<Schema> | undefined>
  : void | Promise<void>;

/** A route of any kind, as the router and the document see it. */
export interface Route
  extends Omit<
    RouteDefinition<
      PathParts,
      z.ZodObject,
      z.ZodObject,
      Who,
      AccountAccess | 'none',
      z.ZodType | null
    >,
    'handle'
  > {
  // Written as a method: each route's parameter is narrower, and the router gives it as declared.
  handle(request: ValidRequest): unknown;
}

/**
 * Declares a route. Its handler gets the path, query, body, caller and account that the route
 * declares.
 */
export function route<
  const Parts extends PathParts = Record<never, never>,
  Query extends z.ZodObject = z.ZodObject<Record<never, never>>,
  Body extends z.ZodObject = z.ZodObject<Record<never, never>>,
  const W extends Who = Who,
  const Access extends AccountAccess | 'none' = 'none',
  Schema extends z.ZodType | null = z.ZodType | null,
>(definition: RouteDefinition<Parts, Query, Body, W, Access, Schema>): Route {
  return definition;
}
