import { describe, test } from '@jest/globals';
import type { ObjectStore } from '@rat/storage';
import { CREATION_CHECKS } from './object-store-creation.ts';
import { LISTING_CHECKS } from './object-store-listing.ts';
import { MOVING_CHECKS } from './object-store-moving.ts';
import { READING_CHECKS } from './object-store-reading.ts';
import type { ObjectStoreCheck } from './object-store-tools.ts';

/**
 * The promises of the port `ObjectStore`. Every adapter must pass them. `open` returns an empty store
 * for each test.
 *
 * @example
 * testObjectStore('a store on a disk', () => new LocalObjectStore({ root }));
 */
export function testObjectStore(name: string, open: () => ObjectStore | Promise<ObjectStore>) {
  describe(name, () => {
    test.each(OBJECT_STORE_CHECKS)('keeps the promise: $name', async ({ check }) =>
      check(await open()),
    );
  });
}

/** The tests of `testObjectStore`, as data. */
export const OBJECT_STORE_CHECKS: readonly ObjectStoreCheck[] = [
  ...CREATION_CHECKS,
  ...READING_CHECKS,
  ...LISTING_CHECKS,
  ...MOVING_CHECKS,
];
