import { runHint, type RunHint } from '@rat/contracts';
import type { Logger } from '@rat/runtime';
import { openPostgresChannel } from './postgres-channel.ts';
import { openRedisChannel } from './redis-channel.ts';
import type { ChannelHandlers } from './text-channel.ts';

/** The callbacks of one subscriber. */
export interface HintListener {
  onHint(hint: RunHint): void;
  /**
   * The subscription was interrupted and is restored. Hints were lost: read everything that is
   * watched.
   */
  onGap(): void;
}

/** Publishes and receives fast, lossy notices of changes. */
export interface RunHints {
  /**
   * Notifies every process. Never throws and never waits long: a lost hint delays its reader until
   * the next poll.
   */
  publish(hint: RunHint): Promise<void>;
  /** Returns the function that ends the subscription. */
  subscribe(listener: HintListener): () => void;
  close(): Promise<void>;
}

/** Which service carries the hints: Redis when there is one, otherwise Postgres. */
export type HintConnection = { kind: 'redis'; url: string } | { kind: 'postgres'; url: string };

/** Opens the channel in the background, and retries while the service is down. */
export function openRunHints(options: {
  connection: HintConnection;
  /** Separates several installations, or tests, on one server. Letters, digits and underscores. */
  channel?: string | undefined;
  log: Logger;
}): RunHints {
  const { log } = options;
  const listeners = new Set<HintListener>();
  const handlers: ChannelHandlers = {
    receive: (text) => {
      const hint = parseHint(text);
      if (hint === undefined) log.warn('malformed hint ignored');
      else for (const listener of listeners) listener.onHint(hint);
    },
    gap: () => {
      for (const listener of listeners) listener.onGap();
    },
  };
  const open = options.connection.kind === 'redis' ? openRedisChannel : openPostgresChannel;
  const channel = open({
    url: options.connection.url,
    name: options.channel ?? 'rat_runs',
    handlers,
    log,
  });
  return {
    publish: async (hint) => {
      try {
        await channel.send(JSON.stringify(hint));
      } catch (error) {
        log.debug({ err: error }, 'hint lost');
      }
    },
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    close: () => channel.close(),
  };
}

function parseHint(text: string): RunHint | undefined {
  try {
    return runHint.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}
