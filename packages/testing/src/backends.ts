import { testServices } from './test-environment.ts';

export type Backend = 'redis' | 'postgres';

/**
 * The Redis of this test run; undefined when there is none. A test isolates itself with a prefix.
 */
export function testRedisUrl(): string | undefined {
  return testServices().redisUrl;
}

/** The queue backends that this machine can test, for `describe.each(backends())`. */
export function backends(): Backend[] {
  return testRedisUrl() === undefined ? ['postgres'] : ['redis', 'postgres'];
}
