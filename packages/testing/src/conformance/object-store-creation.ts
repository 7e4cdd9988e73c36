import assert from 'node:assert/strict';
import { InputError } from '@rat/domain';
import { ObjectExistsError } from '@rat/storage';
import {
  put,
  textOf,
  streamed,
  keysOf,
  piecesOf,
  broken,
  stuckAfter,
  aborted,
  type ObjectStoreCheck,
} from './object-store-tools.ts';

const WRITERS = 20;
const RACES = 5;

/** What a creation, a key and a replacement promise. */
export const CREATION_CHECKS: readonly ObjectStoreCheck[] = [
  {
    name: 'of 20 writers that create one key at once exactly one succeeds',
    check: async (store) => {
      for (let race = 0; race < RACES; race += 1) {
        const key = `race/${race}`;
        const writers = Array.from({ length: WRITERS }, (_, n) => `writer ${n}`);
        const ended = await Promise.allSettled(writers.map((text) => put(store, key, text)));
        const winners = writers.filter((_, n) => ended[n]?.status === 'fulfilled');
        assert.equal(winners.length, 1);
        assert.equal(await textOf(store, key), winners[0]);
        for (const one of ended) {
          if (one.status === 'rejected') assert.ok(one.reason instanceof ObjectExistsError);
        }
      }
    },
  },
  {
    name: 'a key that is taken keeps its object, and the error has the code EEXIST',
    check: async (store) => {
      await put(store, 'a/b', 'first');
      await assert.rejects(put(store, 'a/b', 'second'), { code: 'EEXIST' });
      await assert.rejects(store.create('a/b', piecesOf('second')), { code: 'EEXIST' });
      assert.equal(await textOf(store, 'a/b'), 'first');
      assert.deepEqual(await keysOf(store.list('')), ['a/b']);
    },
  },
  {
    name: 'while an object is replaced, readers see the whole old one or the whole new one',
    check: async (store) => {
      const contents = ['a'.repeat(300_000), 'b'.repeat(200_000)];
      await put(store, 'k', contents[0] ?? '');
      const over = new AbortController();
      const read = async (): Promise<void> => {
        while (!over.signal.aborted) assert.ok(contents.includes(await textOf(store, 'k')));
      };
      const replace = async (): Promise<void> => {
        for (let n = 1; n <= 30; n += 1) {
          const content = piecesOf(contents[n % 2] ?? '');
          await store.create('k', content, { replace: true });
        }
      };
      const replacing = replace().finally(() => over.abort());
      const ended = await Promise.allSettled([replacing, read(), read(), read(), read()]);
      for (const one of ended) if (one.status === 'rejected') throw one.reason;
    },
  },
  {
    name: 'a key with spaces, percent signs, quotes, dots or other scripts is stored as it is',
    check: async (store) => {
      const keys = [
        ' a /b c',
        '%2e%2e/%41',
        'a#b?c&d=e+f',
        `it's "quoted"`,
        'schön/日本/🦆.csv',
        '...',
        '.hidden/..x/y.',
        '_logs/-',
        'a\nb',
        '[x]*{y}',
        'back\\slash',
        'file:/x',
      ];
      for (const key of keys) await put(store, key, key);
      for (const key of keys) assert.equal(await textOf(store, key), key);
      assert.deepEqual(await keysOf(store.list('')), keys.toSorted());
    },
  },
  {
    name: 'a key or prefix that is absolute, empty or has an empty or relative part is refused',
    check: async (store) => {
      const keys = [
        '',
        '/',
        '/a',
        'a/',
        'a//b',
        '.',
        '..',
        '../a',
        'a/../b',
        'a/..',
        './a',
        'a\0b',
      ];
      for (const key of keys) {
        await assert.rejects(put(store, key, 'x'), InputError);
        await assert.rejects(store.read(key), InputError);
        await assert.rejects(streamed(store, key), InputError);
        await assert.rejects(store.stat(key), InputError);
        await assert.rejects(store.delete(key), InputError);
        const version = '1';
        await assert.rejects(store.move([{ from: key, to: 'b', version }]), InputError);
        await assert.rejects(store.move([{ from: 'b', to: key, version }]), InputError);
      }
      for (const prefix of ['/', '../', 'a/../', 'a//', './', 'a', 'a/b']) {
        await assert.rejects(store.list(prefix), InputError);
        await assert.rejects(store.listLevel(prefix), InputError);
        await assert.rejects(store.deletePrefix(prefix), InputError);
      }
    },
  },
  {
    name: 'an object has its key only once it is complete',
    check: async (store) => {
      const lookBetweenPieces = async function* () {
        yield Buffer.from('half');
        assert.equal(await store.stat('a/k'), undefined);
        await assert.rejects(store.read('a/k'), { code: 'ENOENT' });
        assert.ok(!(await keysOf(store.list('a/'))).includes('a/k'));
        yield Buffer.from(' and half');
      };
      await store.create('a/k', lookBetweenPieces());
      assert.equal(await textOf(store, 'a/k'), 'half and half');
    },
  },
  {
    name: 'content that breaks off leaves no object, frees the key, and is the error of the call',
    check: async (store) => {
      await put(store, 'a/old', 'old');
      for (const [key, replace] of [
        ['a/k', false],
        ['a/old', true],
      ] as const) {
        await assert.rejects(store.create(key, broken(), { replace }), /sender went away/);
      }
      assert.deepEqual(await keysOf(store.list('')), ['a/old']);
      assert.equal(await textOf(store, 'a/old'), 'old');
      await put(store, 'a/k', 'second try');
    },
  },
  {
    name: 'an abort ends a creation, also while it waits for content, and leaves no object',
    check: async (store) => {
      const signal = AbortSignal.abort();
      await assert.rejects(store.create('a/k', Buffer.from('x'), { signal }), aborted);
      const stop = new AbortController();
      const stuck = store.create(
        'a/k',
        stuckAfter(() => stop.abort()),
        { signal: stop.signal },
      );
      await assert.rejects(stuck, aborted);
      assert.deepEqual(await keysOf(store.list('')), []);
      await put(store, 'a/k', 'second try');
    },
  },
  {
    name: 'a replacement of the same size has another version',
    check: async (store) => {
      const versions = [(await put(store, 'k', '0')).version];
      for (let n = 1; n <= 50; n += 1) {
        const content = Buffer.from(String(n % 10));
        const { version } = await store.create('k', content, { replace: true });
        assert.notEqual(version, versions.at(-1));
        assert.equal((await store.stat('k'))?.version, version);
        versions.push(version);
      }
    },
  },
  {
    name: 'the time of an object is in milliseconds since 1970',
    check: async (store) => {
      const { modifiedAt } = await put(store, 'k', 'x');
      assert.ok(Math.abs(Date.now() - modifiedAt) < 3_600_000);
    },
  },
];
