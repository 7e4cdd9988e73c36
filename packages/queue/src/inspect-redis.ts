import { Redis } from 'ioredis';

/** What decides whether a Redis may carry the queue. */
export interface RedisFacts {
  version: string;
  /** Undefined where the server does not show its configuration, as some hosted ones. */
  maxmemoryPolicy: string | undefined;
}

/** Asks the server once. Throws when it cannot be reached within `timeoutMs`. */
export async function inspectRedis(url: string, timeoutMs: number): Promise<RedisFacts> {
  const redis = new Redis(url, {
    lazyConnect: true,
    connectTimeout: timeoutMs,
    commandTimeout: timeoutMs,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
  });
  let cause: Error | undefined;
  redis.on('error', (error: Error) => {
    cause ??= error;
  });
  try {
    await redis.connect();
    const info = await redis.info();
    const fieldOf = (name: string): string | undefined =>
      new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(info)?.[1];
    return {
      version: fieldOf('redis_version') ?? 'unknown',
      maxmemoryPolicy: fieldOf('maxmemory_policy'),
    };
  } catch (error) {
    // The call's own error states only that the connection was closed.
    throw cause ?? error;
  } finally {
    redis.disconnect();
  }
}
