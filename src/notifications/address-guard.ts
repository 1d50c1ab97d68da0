// Where outgoing webhooks may go: to public addresses only. The address that was checked is the one
// that is connected to.

import { lookup as resolve } from 'node:dns';
import { BlockList, isIP, type LookupFunction } from 'node:net';

/** IPv4 that is not of the public internet (IANA IPv4 Special-Purpose Address Registry). */
const NOT_PUBLIC_4: readonly (readonly [string, number])[] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 3],
];
/**
 * Of IPv6 only global unicast is public. Mapped, compatible and translated (NAT64) addresses, and
 * unique local, link-local and multicast ones are outside of it.
 */
const GLOBAL_6: readonly [string, number] = ['2000::', 3];
/** Global unicast that is not public: protocol assignments, Teredo, documentation, 6to4. */
const NOT_PUBLIC_6: readonly (readonly [string, number])[] = [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
];

const notPublic4 = new BlockList();
for (const [net, bits] of NOT_PUBLIC_4) notPublic4.addSubnet(net, bits, 'ipv4');
const global6 = new BlockList();
global6.addSubnet(...GLOBAL_6, 'ipv6');
const notPublic6 = new BlockList();
for (const [net, bits] of NOT_PUBLIC_6) notPublic6.addSubnet(net, bits, 'ipv6');

/** Whether the address belongs to the public internet. False for what is no address. */
export function isPublicAddress(address: string): boolean {
  switch (isIP(address)) {
    case 4:
      return !notPublic4.check(address, 'ipv4');
    case 6:
      return global6.check(address, 'ipv6') && !notPublic6.check(address, 'ipv6');
    default:
      return false;
  }
}

/** Whether the URL itself names an address that is not public, or this machine. */
export function namesPrivateAddress({ hostname }: URL): boolean {
  const host = hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '');
  if (isIP(host) !== 0) return !isPublicAddress(host);
  return host === 'localhost' || host.endsWith('.localhost');
}

/** A name resolved to an address that webhooks may not go to. */
export class AddressNotAllowed extends Error {
  override readonly name = 'AddressNotAllowed';
}

/**
 * Resolves a name for a connection. Fails with {@link AddressNotAllowed} if any of its addresses is
 * not public: a name that means both is not the address of a receiver.
 */
export const lookupPublic: LookupFunction = (hostname, options, callback) => {
  resolve(hostname, { ...options, all: true }, (error, addresses) => {
    if (error !== null) return callback(error, '', 0);
    const [first] = addresses;
    if (first === undefined || !addresses.every(({ address }) => isPublicAddress(address)))
      return callback(new AddressNotAllowed('the name resolves to a private address'), '', 0);
    return options.all ? callback(null, addresses) : callback(null, first.address, first.family);
  });
};
