// The secrets of the tests. They are random, because a service does not start with any that are
// easy to guess.

export const JWT_SECRET = 'fdaa4e433de62a295ec632a9a92a7b51b552a34621ddb43050e7ca1fb1693ed2';
export const SESSION_SECRET = 'aa1bf18482ba9bedcfb7aec06c36e54ab1baa0dd901c27e51085d1fc77b16ee6';
export const NEWER_SESSION_SECRET =
  '36e449aea1fca9ed1791f7cc6549ef310846b3d42863c9aaf3754d0988f9f1d2';
/** 32 bytes in base64. Tokens in test/upgrade/fixture are encrypted with it, under the id `test`. */
export const TOKEN_KEY = 'mkQmDc0bAU2rflK+kojew5mZqTnJzcF+D2piHBWyi0g=';
