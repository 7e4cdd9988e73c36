import { runHint, type RunHint } from '@rat/contracts';
import type { Logger } from '@rat/runtime';
import { openPostgresChannel } from './postgres-channel.ts';
import { openRedisChannel } from './redis-channel.ts';
import type { ChannelHandlers } from './text-channel.ts';

/** What a listener hears. */
export interface HintListener {
  onHint(hint: RunHint): void;
  /** The subscription was broken and is back: hints were lost, read everything that is watched. */
  onGap(): void;
}

/** Fast, lossy notice that something changed. */
export interface RunHints {
  /** Tells every process. Never throws and never waits long: a lost hint costs its reader a poll. */
  publish(hint: RunHint): Promise<void>;
  /** Answers the function that ends the subscription. */
  subscribe(listener: HintListener): () => void;
  close(): Promise<void>;
}

/** Which service carries the hints: Redis when there is one, otherwise Postgres. */
export type HintConnection = { kind: 'redis'; url: string } | { kind: 'postgres'; url: string };

/** Opens the channel in the background: a service that is down now is tried until it is up. */
export function openRunHints(options: {
  connection: HintConnection;
  /** Keeps several installations, or tests, apart on one server. A plain word. */
  channel?: string | undefined;
  log: Logger;
}): RunHints {
  const { log } = options;
  const listeners = new Set<HintListener>();
  const handlers: ChannelHandlers = {
    receive: (text) => {
      const hint = parseHint(text);
      if (hint === undefined) log.warn('hint not understood');
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
