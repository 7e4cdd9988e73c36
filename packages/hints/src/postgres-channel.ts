import { coerceError, waitFor, type Logger } from '@rat/runtime';
import pg from 'pg';
import type { ChannelHandlers, TextChannel } from './text-channel.ts';

/**
 * A channel on LISTEN/NOTIFY, for an installation without Redis. Postgres caps a payload at 8 kB
 * and serialises the commits that notify; hints are under 200 bytes and are sent outside of
 * transactions that hold locks.
 */
export function openPostgresChannel(options: {
  url: string;
  name: string;
  handlers: ChannelHandlers;
  log: Logger;
}): TextChannel {
  const closing = new AbortController();
  const sender = new pg.Pool({
    connectionString: options.url,
    max: 2,
    connectionTimeoutMillis: 1_000,
    statement_timeout: 1_000,
    application_name: 'rat-hints',
  });
  sender.on('error', (error) => options.log.warn({ err: error }, 'postgres connection lost'));
  const listening = listenUntilClosed(options, closing.signal);
  return {
    send: async (text) => {
      await sender.query('SELECT pg_notify($1, $2)', [options.name, text]);
    },
    close: async () => {
      closing.abort();
      await listening;
      await sender.end();
    },
  };
}

/**
 * Reconnects until closed. A dropped LISTEN connection gives no list of missed notifications, so
 * every new connection reports a gap.
 */
async function listenUntilClosed(
  options: { url: string; name: string; handlers: ChannelHandlers; log: Logger },
  signal: AbortSignal,
): Promise<void> {
  for (let failures = 0; !signal.aborted; failures += 1) {
    try {
      await listenOnce(options, signal, () => {
        failures = 0;
      });
    } catch (error) {
      options.log.warn({ err: coerceError(error) }, 'hint connection lost');
    }
    await waitFor(Math.min(100 * 2 ** failures, 2_000) + Math.random() * 100, signal);
  }
}

async function listenOnce(
  options: { url: string; name: string; handlers: ChannelHandlers },
  signal: AbortSignal,
  onListening: () => void,
): Promise<void> {
  const client = new pg.Client({
    connectionString: options.url,
    connectionTimeoutMillis: 2_000,
    keepAlive: true,
    application_name: 'rat-hints',
  });
  const ended = new Promise<void>((resolve, reject) => {
    client.on('error', reject);
    client.on('end', () => resolve());
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
  // Awaited below; without this handler, an error during `connect` would count as unhandled.
  ended.catch(() => undefined);
  client.on('notification', (message) => options.handlers.receive(message.payload ?? ''));
  try {
    await client.connect();
    await client.query(`LISTEN ${client.escapeIdentifier(options.name)}`);
    onListening();
    options.handlers.gap();
    await ended;
  } finally {
    await client.end().catch(() => undefined);
  }
}
