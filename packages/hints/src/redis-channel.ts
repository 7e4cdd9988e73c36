import { coerceError, type Logger } from '@rat/runtime';
import { Redis } from 'ioredis';
import type { ChannelHandlers, TextChannel } from './text-channel.ts';

/** Two connections: a subscribed one takes no other command on every server, and a sender must fail fast. */
export function openRedisChannel(options: {
  url: string;
  name: string;
  handlers: ChannelHandlers;
  log: Logger;
}): TextChannel {
  const retryStrategy = (times: number): number =>
    Math.min(100 * 2 ** Math.min(times, 5), 2_000) + Math.random() * 200;
  const subscriber = new Redis(options.url, { retryStrategy, maxRetriesPerRequest: null });
  const sender = new Redis(options.url, {
    retryStrategy,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 1,
    commandTimeout: 1_000,
  });
  for (const client of [subscriber, sender]) {
    client.on('error', (error) =>
      options.log.warn({ err: coerceError(error) }, 'redis connection lost'),
    );
  }
  subscriber.on('message', (_channel: string, text: string) => options.handlers.receive(text));
  // ioredis subscribes again by itself after a reconnect; what was sent meanwhile is gone. The first `ready` is no gap
  // for a subscriber that has just come, and reading once more does no harm.
  subscriber.on('ready', () => options.handlers.gap());
  subscriber.subscribe(options.name).catch((error: unknown) => {
    options.log.warn({ err: coerceError(error) }, 'subscribe failed');
  });
  return {
    send: async (text) => {
      await sender.publish(options.name, text);
    },
    close: async () => {
      subscriber.disconnect();
      sender.disconnect();
      await Promise.resolve();
    },
  };
}
