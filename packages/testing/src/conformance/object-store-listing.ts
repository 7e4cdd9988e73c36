import assert from 'node:assert/strict';
import { InputError } from '@rat/domain';
import { put, textOf, keysOf, type ObjectStoreCheck } from './object-store-tools.ts';

/** More than a page of a listing on S3. */
const MANY = 1_050;

/** What listings show, and what deletes remove. */
export const LISTING_CHECKS: readonly ObjectStoreCheck[] = [
  {
    name: 'a listing has every object once, sorted, with the facts that its creation returned',
    check: async (store) => {
      const created = new Map<string, unknown>();
      const names = Array.from({ length: MANY }, (_, n) => `p/${n % 7}/${n}`);
      for (let at = 0; at < names.length; at += 50) {
        const batch = names.slice(at, at + 50);
        const stored = await Promise.all(batch.map((key) => put(store, key, key)));
        for (const one of stored) created.set(one.key, one);
      }
      const { objects, unreadable } = await store.list('p/');
      assert.deepEqual(
        objects.map((one) => one.key),
        names.toSorted(),
      );
      for (const one of objects) assert.deepEqual({ ...one }, created.get(one.key));
      assert.deepEqual(await store.stat('p/0/0'), created.get('p/0/0'));
      assert.deepEqual([...unreadable], []);
    },
  },
  {
    name: 'a prefix covers whole parts of keys only, and a missing prefix covers none',
    check: async (store) => {
      for (const key of ['a/b/1', 'a/b/c/2', 'a/bc/3', 'a/d']) await put(store, key, key);
      assert.deepEqual(await keysOf(store.list('a/b/')), ['a/b/1', 'a/b/c/2']);
      assert.deepEqual(await keysOf(store.list('')), ['a/b/1', 'a/b/c/2', 'a/bc/3', 'a/d']);
      assert.deepEqual(await keysOf(store.list('a/x/')), []);
    },
  },
  {
    name: 'one level of a listing has the objects and the prefixes directly below',
    check: async (store) => {
      for (const key of ['a/2', 'a/1', 'a/z/1', 'a/b/c/1', 'a/b/2', 'ab/1']) {
        await put(store, key, key);
      }
      const level = await store.listLevel('a/');
      assert.deepEqual(await keysOf(level), ['a/1', 'a/2']);
      assert.deepEqual([...level.prefixes], ['a/b/', 'a/z/']);
      assert.deepEqual([...(await store.listLevel('')).prefixes], ['a/', 'ab/']);
      const missing = await store.listLevel('x/');
      assert.deepEqual([missing.objects.length, missing.prefixes.length], [0, 0]);
    },
  },
  {
    name: 'a delete removes one object, frees its key, and does nothing when it is missing',
    check: async (store) => {
      await put(store, 'a/b', 'x');
      await put(store, 'a/bc', 'y');
      await store.delete('a/missing');
      await store.delete('a/b');
      await store.delete('a/b');
      assert.deepEqual(await keysOf(store.list('')), ['a/bc']);
      await put(store, 'a/b', 'z');
      assert.equal(await textOf(store, 'a/b'), 'z');
    },
  },
  {
    name: 'deleting a prefix removes all objects below it and no other, and never the whole store',
    check: async (store) => {
      for (const key of ['a/b/1', 'a/b/c/d/2', 'a/bc', 'a/bc2/3']) await put(store, key, key);
      await store.deletePrefix('a/b/');
      await store.deletePrefix('a/b/');
      await store.deletePrefix('a/bc/');
      await store.deletePrefix('missing/');
      await assert.rejects(store.deletePrefix(''), InputError);
      assert.deepEqual(await keysOf(store.list('')), ['a/bc', 'a/bc2/3']);
    },
  },
];
