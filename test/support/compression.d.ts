// The part of `compression` that tests use. The package comes without types.

declare module 'compression' {
  import type { RequestHandler } from 'express';

  export default function compression(options?: { readonly threshold?: number }): RequestHandler;
}
