import { describe, test } from '@jest/globals';
import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { InputError } from '@rat/domain';
import { ObjectExistsError, type ObjectListing, type ObjectStore } from '@rat/storage';

/** One promise of the port. `check` throws when the store, empty before, breaks it. */
export interface ObjectStoreCheck {
  name: string;
  check: (store: ObjectStore) => Promise<void>;
}

const WRITERS = 20;
const RACES = 5;

/** More than a page of a listing on S3. */
const MANY = 1_050;

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

const put = (store: ObjectStore, key: string, text: string) => store.create(key, Buffer.from(text));

async function textOf(store: ObjectStore, key: string): Promise<string> {
  return Buffer.from(await store.read(key)).toString();
}

async function streamed(
  store: ObjectStore,
  key: string,
  range?: { start?: number; end?: number },
): Promise<string> {
  const pieces: Uint8Array[] = [];
  for await (const piece of store.stream(key, range)) pieces.push(piece);
  return Buffer.concat(pieces).toString();
}

async function keysOf(listing: ObjectListing | Promise<ObjectListing>): Promise<string[]> {
  return Array.from((await listing).objects, ({ key }) => key);
}

/** Two pieces, with a turn of the event loop in between. */
async function* piecesOf(text: string): AsyncGenerator<Uint8Array> {
  const half = Math.floor(text.length / 2);
  yield Buffer.from(text.slice(0, half));
  await new Promise((resolve) => setImmediate(resolve));
  yield Buffer.from(text.slice(half));
}

async function* broken(): AsyncGenerator<Uint8Array> {
  yield Buffer.from('half');
  throw new Error('the sender went away');
}

/** Calls `then` and yields no more after its first piece. */
async function* stuckAfter(then: () => void): AsyncGenerator<Uint8Array> {
  yield Buffer.from('half');
  setImmediate(then);
  await new Promise(() => undefined);
}

function aborted(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'name' in error
    ? error.name === 'AbortError'
    : false;
}

/** The process's open files and connections; 0 where the system does not list them. */
async function countHandles(): Promise<number> {
  return (await readdir('/proc/self/fd').catch(() => [])).length;
}
