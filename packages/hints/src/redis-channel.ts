import { coerceError, type Logger } from '@rat/runtime';
import { Redis } from 'ioredis';
import type { ChannelHandlers, TextChannel } from './text-channel.ts';

/**
 * A channel on Redis pub/sub with two connections: a subscribed connection accepts no other
 * commands, and the sender must fail fast.
 */
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
  // ioredis subscribes again after a reconnect, but messages in between are lost. The first `ready`
  // also reports a gap, which costs one extra read.
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
