import assert from 'node:assert/strict';
import { InputError } from '@rat/domain';
import {
  put,
  textOf,
  streamed,
  piecesOf,
  countHandles,
  type ObjectStoreCheck,
} from './object-store-tools.ts';

/** What a reader finds, whole or in ranges. */
export const READING_CHECKS: readonly ObjectStoreCheck[] = [
  {
    name: 'content is read back as it was written, whole or in pieces, also when it is empty',
    check: async (store) => {
      const long = 'x'.repeat(200_000) + 'end';
      for (const [n, text] of ['', 'short', long].entries()) {
        const whole = await put(store, `whole/${n}`, text);
        const pieces = await store.create(`pieces/${n}`, piecesOf(text));
        assert.deepEqual([whole.key, whole.size], [`whole/${n}`, text.length]);
        assert.equal(pieces.size, text.length);
        for (const key of [`whole/${n}`, `pieces/${n}`]) {
          assert.equal(await textOf(store, key), text);
          assert.equal(await streamed(store, key), text);
        }
      }
    },
  },
  {
    name: 'a range yields its bytes, and beyond the end what there is',
    check: async (store) => {
      await put(store, 'k', '0123456789');
      await put(store, 'empty', '');
      assert.equal(await streamed(store, 'k', { start: 2, end: 5 }), '234');
      assert.equal(await streamed(store, 'k', { start: 7 }), '789');
      assert.equal(await streamed(store, 'k', { end: 3 }), '012');
      assert.equal(await streamed(store, 'k', { start: 4, end: 4 }), '');
      assert.equal(await streamed(store, 'k', { start: 8, end: 100 }), '89');
      assert.equal(await streamed(store, 'k', { start: 10 }), '');
      assert.equal(await streamed(store, 'k', { start: 50, end: 60 }), '');
      assert.equal(await streamed(store, 'empty', { start: 0, end: 1 }), '');
    },
  },
  {
    name: 'a range that no object can have is refused',
    check: async (store) => {
      await put(store, 'k', '0123456789');
      for (const range of [{ start: -1 }, { start: 3, end: 2 }, { start: 0.5 }, { end: -1 }]) {
        await assert.rejects(streamed(store, 'k', range), InputError);
      }
    },
  },
  {
    name: 'a missing object has no facts, and reading it is an error with the code ENOENT',
    check: async (store) => {
      await put(store, 'a/b', 'x');
      assert.equal(await store.stat('a'), undefined);
      assert.equal(await store.stat('a/c'), undefined);
      await assert.rejects(store.read('a/c'), { code: 'ENOENT' });
      await assert.rejects(streamed(store, 'a/c'), { code: 'ENOENT' });
    },
  },
  {
    name: 'a reader that stops early releases the object',
    check: async (store) => {
      await put(store, 'k', 'x'.repeat(1_000_000));
      const before = await countHandles();
      for (let n = 0; n < 50; n += 1) {
        for await (const piece of store.stream('k')) {
          assert.ok(piece.length > 0);
          break;
        }
      }
      // A client of a remote store may keep some connections.
      assert.ok((await countHandles()) < before + 25);
    },
  },
];
