// What the host name of a URL says about who can reach it.

/** Whether traffic to this host stays on this machine. Plain http is accepted for such hosts. */
export function isLoopback(hostname: string): boolean {
  return (
    hostname === 'localhost' ||
    hostname.endsWith('.localhost') ||
    hostname === '[::1]' ||
    /^127(\.\d{1,3}){3}$/.test(hostname)
  );
}

const PRIVATE_ADDRESS =
  /^(?:10|169\.254|192\.168|172\.(?:1[6-9]|2\d|3[01])|100\.(?:6[4-9]|[7-9]\d|1[01]\d|12[0-7])|0)\.|^\[(?:f[cd]|fe[89ab]|::\]|::ffff:)/;
const PRIVATE_NAME = /(?:^|\.)(?:local|internal|intranet|lan|home|corp|private|home\.arpa)$/;

/**
 * Whether only machines of the same network can reach this host: private and link-local addresses,
 * and names of local networks. Loopback hosts are not counted.
 */
export function isPrivate(hostname: string): boolean {
  if (isLoopback(hostname)) return false;
  const isName = !hostname.startsWith('[') && !/^[\d.]+$/.test(hostname);
  if (!isName) return PRIVATE_ADDRESS.test(hostname);
  return !hostname.includes('.') || PRIVATE_NAME.test(hostname.replace(/\.$/, ''));
}
