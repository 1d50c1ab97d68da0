// What a connection string means: pg reads some modes of TLS otherwise than libpq does.

const LIBPQ_MODES = ['prefer', 'require', 'verify-ca', 'verify-full'];

/**
 * The same connection string for pg, with the meaning that it has for libpq and psql: `require`
 * encrypts without verifying the certificate unless `sslrootcert` names an authority, and
 * `sslrootcert=system` means the authorities that Node.js trusts. Unlike libpq, `allow` and
 * `prefer` never connect without TLS.
 */
export function connectionUrl(url: string): string {
  const start = url.indexOf('?');
  if (start < 0) return url;
  const parameters = new URLSearchParams(url.slice(start + 1));
  const isSystem = parameters.get('sslrootcert') === 'system';
  const mode = isSystem ? 'verify-full' : parameters.get('sslmode');
  if (mode === null || parameters.has('uselibpqcompat')) return url;
  const kept = url
    .slice(start + 1)
    .split('&')
    .filter((part) => !/^sslmode=/.test(part) && !(isSystem && /^sslrootcert=/.test(part)));
  const read = mode === 'allow' ? 'prefer' : mode;
  kept.push(`sslmode=${read}`);
  if (LIBPQ_MODES.includes(read)) kept.push('uselibpqcompat=true');
  return `${url.slice(0, start)}?${kept.join('&')}`;
}
