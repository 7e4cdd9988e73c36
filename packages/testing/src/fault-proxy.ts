import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { eventually } from './eventually.ts';

/** The present state of the network between a service and a dependency. */
type Weather = 'clear' | 'blackhole' | 'refuse';

/**
 * A TCP relay on loopback that fails on command. Modes: clear → blackhole | refuse → clear, at any
 * time. In every mode the port stays the same; `close()` ends it.
 */
export class FaultProxy {
  #target: { host: string; port: number };
  readonly #pairs = new Set<readonly [Socket, Socket]>();
  #server: Server | undefined;
  #port = 0;
  #weather: Weather = 'clear';

  private constructor(target: { host: string; port: number }) {
    this.#target = target;
  }

  /** Opens a proxy in front of the server that `url` names; the URL must contain a port. */
  static async open(url: string): Promise<FaultProxy> {
    const proxy = new FaultProxy(addressOf(url));
    await proxy.#listen();
    return proxy;
  }

  get port(): number {
    return this.#port;
  }

  /** A URL of the target, changed to use the proxy. */
  through(url: string): string {
    const changed = new URL(url);
    changed.hostname = '127.0.0.1';
    changed.port = String(this.#port);
    return changed.href;
  }

  /** Sets a new target address; open connections keep the old one. */
  retarget(url: string): void {
    this.#target = addressOf(url);
  }

  /** Silently drops traffic in both directions, as a dead switch or a firewall does. */
  blackhole(): void {
    this.#weather = 'blackhole';
    for (const pair of this.#pairs) for (const socket of pair) socket.pause();
  }

  /** Cuts all connections and refuses new ones, as a stopped server does. */
  async refuse(): Promise<void> {
    this.#weather = 'refuse';
    await this.#stopListening();
    this.kill();
  }

  /** Resets every open connection and accepts new ones, as a restart or failover does. */
  kill(): void {
    for (const pair of this.#pairs) for (const socket of pair) socket.resetAndDestroy();
    this.#pairs.clear();
  }

  /** Restores normal traffic; delivers the blackholed bytes late. */
  async heal(): Promise<void> {
    this.#weather = 'clear';
    for (const pair of this.#pairs) for (const socket of pair) socket.resume();
    if (this.#server === undefined) await this.#listen();
  }

  async close(): Promise<void> {
    await this.#stopListening();
    this.kill();
  }

  async #listen(): Promise<void> {
    // The system may have lent this free port to another process for a moment.
    const server = await eventually('the port is free again', async () => {
      const candidate = createServer({ allowHalfOpen: true }, (client) => this.#relay(client));
      candidate.listen(this.#port, '127.0.0.1');
      await once(candidate, 'listening');
      return candidate;
    });
    // The address of a TCP server is never a pipe's path.
    this.#port = (server.address() as AddressInfo).port;
    this.#server = server;
  }

  async #stopListening(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (server === undefined) return;
    const closed = once(server, 'close');
    server.close();
    // `close` waits for the connections; the callers cut them.
    this.kill();
    await closed;
  }

  #relay(client: Socket): void {
    const upstream = connect({ ...this.#target, allowHalfOpen: true });
    const pair = [client, upstream] as const;
    this.#pairs.add(pair);
    const forget = (): void => {
      this.#pairs.delete(pair);
      client.destroy();
      upstream.destroy();
    };
    forward(client, upstream);
    forward(upstream, client);
    for (const socket of pair) {
      socket.setNoDelay(true);
      socket.on('error', forget);
      socket.on('close', forget);
      if (this.#weather === 'blackhole') socket.pause();
    }
  }
}

function addressOf(url: string): { host: string; port: number } {
  const { hostname, port } = new URL(url);
  return { host: hostname, port: Number(port) };
}

/** Forwards by hand, because `pipe` would resume a socket that `blackhole` paused. */
function forward(from: Socket, to: Socket): void {
  from.on('data', (chunk) => to.write(chunk));
  from.on('end', () => to.end());
}
