import { lookup } from 'node:dns/promises';
import { BlockList } from 'node:net';

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4');
LOOPBACK.addAddress('::1', 'ipv6');

/**
 * Whether only this machine reaches a server that listens at `host`: every address of the name is one of loopback. A name
 * that has no address does not lead there.
 */
export async function leadsToLoopback(host: string): Promise<boolean> {
  // Node listens at all addresses for it.
  if (host === '') return false;
  const found = await lookup(host, { all: true }).catch(() => []);
  return (
    found.length > 0 &&
    found.every(({ address, family }) => LOOPBACK.check(address, family === 6 ? 'ipv6' : 'ipv4'))
  );
}
