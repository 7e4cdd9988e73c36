import { randomInt } from 'node:crypto';
import { isPortFree } from '@rat/embedded-postgres';

/** Below the ports that an operating system gives to connections and to servers that ask for any port. */
const PORTS = { from: 15_000, to: 32_000 };

/**
 * A port that stays free while its server restarts: no connection of another test gets it in between. Two callers choose
 * the same one only by chance.
 */
export async function findFreePort(): Promise<number> {
  for (;;) {
    const port = randomInt(PORTS.from, PORTS.to);
    if (await isPortFree(port, '127.0.0.1')) return port;
  }
}
