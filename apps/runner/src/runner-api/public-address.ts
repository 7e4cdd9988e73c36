import { lookup } from 'node:dns/promises';
import { BlockList, isIP } from 'node:net';
import { networkInterfaces } from 'node:os';

/** Loopback, link-local, private and carrier-grade ranges: no address of them is routed on the internet. */
const PRIVATE = new BlockList();
PRIVATE.addSubnet('127.0.0.0', 8, 'ipv4');
PRIVATE.addSubnet('10.0.0.0', 8, 'ipv4');
PRIVATE.addSubnet('172.16.0.0', 12, 'ipv4');
PRIVATE.addSubnet('192.168.0.0', 16, 'ipv4');
PRIVATE.addSubnet('169.254.0.0', 16, 'ipv4');
PRIVATE.addSubnet('100.64.0.0', 10, 'ipv4');
PRIVATE.addAddress('::1', 'ipv6');
PRIVATE.addSubnet('fc00::', 7, 'ipv6');
PRIVATE.addSubnet('fe80::', 10, 'ipv6');

/** Whether machines of the internet could reach a server at this address. */
export function isPublicAddress(address: string): boolean {
  const plain = address.replace(/%.*$/, '');
  const version = isIP(plain);
  return version !== 0 && !PRIVATE.check(plain, version === 6 ? 'ipv6' : 'ipv4');
}

/** Whether a server that listens at this host listens at all addresses of its machine. */
export function isEveryAddress(host: string): boolean {
  return host === '' || host === '0.0.0.0' || /^\[?(::|0:0:0:0:0:0:0:0)\]?$/.test(host);
}

/** The public addresses at which a server that listens at `host` is reached. */
export async function findPublicAddresses(host: string): Promise<string[]> {
  const addresses = isEveryAddress(host)
    ? Object.values(networkInterfaces()).flatMap((all) => all ?? [])
    : await lookup(host, { all: true }).catch(() => []);
  return addresses.map(({ address }) => address).filter(isPublicAddress);
}
