// A fetch with a browser's cookies, for the client in a test.

/** Sends the cookies that earlier responses have set, and the origin of a frontend. */
export function cookieFetch(origin: string): typeof fetch {
  const cookies = new Map<string, string>();
  return async (input, options = {}) => {
    const headers = new Headers(options.headers);
    headers.set('Origin', origin);
    if (cookies.size > 0)
      headers.set('Cookie', [...cookies].map(([name, value]) => `${name}=${value}`).join('; '));
    const response = await fetch(input, { ...options, headers });
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (value === '' || /expires=Thu, 01 Jan 1970/i.test(line)) cookies.delete(name);
      else cookies.set(name, value);
    }
    return response;
  };
}
