import { testServices } from './test-environment.ts';

export type Backend = 'redis' | 'postgres';

/** The Redis of this test run, or undefined where none could be had. Isolate with a prefix of your own. */
export function testRedisUrl(): string | undefined {
  return testServices().redisUrl;
}

/** The queue backends that can be tested here, for `describe.each(backends())`. */
export function backends(): Backend[] {
  return testRedisUrl() === undefined ? ['postgres'] : ['redis', 'postgres'];
}
