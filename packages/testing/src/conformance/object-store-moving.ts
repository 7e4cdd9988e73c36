import assert from 'node:assert/strict';
import { put, textOf, keysOf, type ObjectStoreCheck } from './object-store-tools.ts';

/** What a move promises when objects change meanwhile. */
export const MOVING_CHECKS: readonly ObjectStoreCheck[] = [
  {
    name: 'a moved object has only its new key, and a second call finds it there',
    check: async (store) => {
      const moves = [];
      for (const name of ['1', '2', 'sub/3']) {
        const { version } = await put(store, `in/${name}`, name);
        moves.push({ from: `in/${name}`, to: `done/run/${name}`, version });
      }
      assert.deepEqual([...(await store.move(moves.slice(0, 1)))], [true]);
      assert.deepEqual([...(await store.move(moves))], [true, true, true]);
      assert.deepEqual(await keysOf(store.list('')), [
        'done/run/1',
        'done/run/2',
        'done/run/sub/3',
      ]);
      assert.equal(await textOf(store, 'done/run/sub/3'), 'sub/3');
      assert.deepEqual([...(await store.move([]))], []);
    },
  },
  {
    name: 'an object that was replaced or deleted is not moved',
    check: async (store) => {
      const old = await put(store, 'in/1', 'old');
      await store.create('in/1', Buffer.from('new'), { replace: true });
      const gone = await put(store, 'in/2', 'gone');
      await store.delete('in/2');
      const kept = await put(store, 'in/3', 'kept');
      const moves = [old, gone, kept].map(({ key, version }) => ({
        from: key,
        to: `done/${key}`,
        version,
      }));
      assert.deepEqual([...(await store.move(moves))], [false, false, true]);
      assert.deepEqual(await keysOf(store.list('')), ['done/in/3', 'in/1']);
      assert.equal(await textOf(store, 'in/1'), 'new');
    },
  },
  {
    name: 'a repeated move leaves a later object of the old key alone',
    check: async (store) => {
      const { version } = await put(store, 'in/1', 'old');
      const move = { from: 'in/1', to: 'done/1', version };
      await store.move([move]);
      await put(store, 'in/1', 'new');
      assert.deepEqual([...(await store.move([move]))], [true]);
      assert.equal(await textOf(store, 'in/1'), 'new');
      assert.equal(await textOf(store, 'done/1'), 'old');
    },
  },
];
