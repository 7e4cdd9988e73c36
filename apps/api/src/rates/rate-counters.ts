import { coerceError, type Logger } from '@rat/runtime';
import { Redis } from 'ioredis';
import { RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible';
import { RATE_WINDOW_SECONDS, type RateName, type RateState } from './rate-policy.ts';

/** A request must not wait longer than this for the count of requests. */
const COMMAND_MS = 250;

/** After Redis did not answer, this process counts alone for this time. */
const ALONE_MS = 5_000;

/**
 * Counts requests in windows of a minute: in Redis, for all replicas together, or in this process.
 * While Redis does not answer, this process counts alone, and no request fails for it.
 *
 * @example
 * const counters = openRateCounters({ redisUrl, prefix: 'rat', log });
 * const { isOver } = await counters.take('requests', 'ada', 100);
 */
export interface RateCounters {
  /** Counts one, and returns the state after it. */
  take: (name: RateName, key: string, limit: number) => Promise<RateState>;
  /** The state, without counting. */
  look: (name: RateName, key: string, limit: number) => Promise<RateState>;
  close: () => void;
}

export function openRateCounters(options: {
  redisUrl?: string | undefined;
  prefix: string;
  log: Logger;
}): RateCounters {
  const { redisUrl, prefix, log } = options;
  const redis = redisUrl === undefined ? undefined : openRedis(redisUrl, log);
  const own = new Map<string, RateLimiterMemory>();
  const common = new Map<string, RateLimiterRedis>();
  let aloneUntil = 0;

  const use = async (
    name: RateName,
    limit: number,
    call: (limiter: RateLimiterMemory | RateLimiterRedis) => Promise<RateLimiterRes | null>,
  ): Promise<RateState> => {
    const settings = { points: limit, duration: RATE_WINDOW_SECONDS };
    const id = `${name}:${limit}`;
    if (redis?.status === 'ready' && Date.now() >= aloneUntil) {
      const keyPrefix = `${prefix}:rate:${name}`;
      const limiter =
        common.get(id) ?? new RateLimiterRedis({ ...settings, storeClient: redis, keyPrefix });
      common.set(id, limiter);
      try {
        return toState(name, limit, await settle(call(limiter)));
      } catch (error) {
        aloneUntil = Date.now() + ALONE_MS;
        log.warn({ err: coerceError(error) }, 'requests are counted by this process alone');
      }
    }
    const limiter = own.get(id) ?? new RateLimiterMemory({ ...settings, keyPrefix: name });
    own.set(id, limiter);
    return toState(name, limit, await settle(call(limiter)));
  };

  return {
    take: (name, key, limit) => use(name, limit, (limiter) => limiter.consume(key)),
    look: (name, key, limit) => use(name, limit, (limiter) => limiter.get(key)),
    close: () => redis?.disconnect(),
  };
}

/** The library rejects with its result, which is no error, when the limit is reached. */
async function settle(
  counted: Promise<RateLimiterRes | null>,
): Promise<RateLimiterRes | undefined> {
  try {
    return (await counted) ?? undefined;
  } catch (error) {
    if (error instanceof RateLimiterRes) return error;
    throw error;
  }
}

function toState(name: RateName, limit: number, counted: RateLimiterRes | undefined): RateState {
  const used = counted?.consumedPoints ?? 0;
  return {
    name,
    limit,
    remaining: Math.max(0, limit - used),
    resetMs: Math.max(0, counted?.msBeforeNext ?? 0),
    isOver: used > limit,
  };
}

function openRedis(url: string, log: Logger): Redis {
  const redis = new Redis(url, {
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    commandTimeout: COMMAND_MS,
    retryStrategy: (times) => Math.min(100 * 2 ** Math.min(times, 5), 2_000),
  });
  redis.on('error', (error) => {
    log.debug({ err: coerceError(error) }, 'redis connection of the rates lost');
  });
  return redis;
}
