import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { existsSync } from 'node:fs';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { OBJECT_STORE_CHECKS } from '@rat/testing/conformance';
import { LocalObjectStore } from './local-object-store.ts';
import { ObjectExistsError, type ObjectStore } from './object-store.ts';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'rat-checks-'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

/** The wrong methods of an adapter that is right otherwise. */
type Fault = (right: ObjectStore) => Partial<ObjectStore>;

const isMissingKey = (error: unknown): boolean =>
  typeof error === 'object' && error !== null && 'code' in error && error.code === 'ENOENT';

/** Looks first and writes later, without a condition. */
const looksFirst: Fault = (right) => ({
  create: async (key, content, options = {}) => {
    if (!options.replace && (await right.stat(key))) throw new ObjectExistsError(key);
    return right.create(key, content, { ...options, replace: true });
  },
});

const normalises: Fault = (right) => ({
  list: (prefix) => right.list(prefix === '' || prefix.endsWith('/') ? prefix : `${prefix}/`),
});

const overwrites: Fault = (right) => ({
  create: (key, content, options) => right.create(key, content, { ...options, replace: true }),
});

const deletesBeforeReplacing: Fault = (right) => ({
  create: async (key, content, options = {}) => {
    if (options.replace) await right.delete(key);
    return right.create(key, content, options);
  },
});

const ignoresRanges: Fault = (right) => ({
  stream: (key) => right.stream(key),
});

/** Corrects a range that no object can have. */
const correctsRanges: Fault = (right) => ({
  stream: (key, { start = 0, end } = {}) => {
    const from = Math.max(0, Math.floor(start));
    return right.stream(key, end === undefined ? { start: from } : { start: from, end: from });
  },
});

const losesEmptyPieces: Fault = (right) => ({
  create: async (key, content, options) => {
    const isEmpty = !(Symbol.asyncIterator in content) && content.length === 0;
    return right.create(key, isEmpty ? Buffer.from(' ') : content, options);
  },
});

const decodesKeys: Fault = (right) => ({
  create: async (key, content, options) => {
    const stored = await right.create(decodeURI(key), content, options);
    return { ...stored, key };
  },
});

const listsOnePage: Fault = (right) => ({
  list: async (prefix) => {
    const { objects, unreadable } = await right.list(prefix);
    return { objects: objects.slice(0, 1_000), unreadable };
  },
});

/** Compares texts, as a listing by prefix on S3 does. */
const listsByText: Fault = (right) => ({
  list: async (prefix) => {
    const { objects, unreadable } = await right.list('');
    const text = prefix.replace(/\/$/, '');
    return { objects: objects.filter(({ key }) => key.startsWith(text)), unreadable };
  },
});

const listsAllLevels: Fault = (right) => ({
  listLevel: async (prefix) => ({ ...(await right.list(prefix)), prefixes: [] }),
});

const readsMissingAsEmpty: Fault = (right) => ({
  read: (key) =>
    right.read(key).catch((error: unknown) => {
      if (isMissingKey(error)) return Buffer.alloc(0);
      throw error;
    }),
});

const refusesToDeleteMissing: Fault = (right) => ({
  delete: async (key) => {
    await right.read(key);
    await right.delete(key);
  },
});

const deletesByText: Fault = (right) => ({
  deletePrefix: async (prefix) => {
    await right.deletePrefix(prefix);
    for (const { key } of (await right.list('')).objects) {
      if (key.startsWith(prefix.slice(0, -1))) await right.delete(key);
    }
  },
});

/** Writes under the key itself, piece by piece, and keeps what arrived. */
const writesInPlace: Fault = (right) => ({
  create: async (key, content, options = {}) => {
    if (!(Symbol.asyncIterator in content)) return right.create(key, content, options);
    await right.create(key, Buffer.alloc(0), options);
    const handle = await open(join(root, key), 'w');
    try {
      for await (const piece of content) await handle.writeFile(piece);
    } finally {
      await handle.close();
    }
    return (await right.stat(key)) ?? Promise.reject(new Error('gone'));
  },
});

/** Looks at the signal at the beginning only. */
const abortsLate: Fault = (right) => ({
  create: async (key, content, { signal, ...options } = {}) => {
    const patient = new AbortController();
    const wait = setTimeout(() => patient.abort(new Error('too late')), 200);
    signal?.throwIfAborted();
    try {
      return await right.create(key, content, { ...options, signal: patient.signal });
    } finally {
      clearTimeout(wait);
    }
  },
});

const leaked: { close: () => Promise<void> }[] = [];
afterEach(async () => {
  for (const handle of leaked.splice(0)) await handle.close();
});

const keepsHandles: Fault = (right) => ({
  stream: async function* (key, range) {
    leaked.push(await open(join(root, key)));
    yield* right.stream(key, range);
  },
});

const versionsBySize: Fault = (right) => ({
  create: async (key, content, options) => {
    const stored = await right.create(key, content, options);
    return { ...stored, version: String(stored.size) };
  },
});

const countsSeconds: Fault = (right) => ({
  create: async (key, content, options) => {
    const stored = await right.create(key, content, options);
    return { ...stored, modifiedAt: stored.modifiedAt / 1_000 };
  },
});

const copies: Fault = (right) => ({
  move: async (moves) => {
    const answers: boolean[] = [];
    for (const { from, to, version } of moves) {
      const isRight = (await right.stat(from))?.version === version;
      if (isRight) await right.create(to, await right.read(from), { replace: true });
      answers.push(isRight);
    }
    return answers;
  },
});

const movesAnyVersion: Fault = (right) => ({
  move: async (moves) => {
    const found = await Promise.all(moves.map(({ from }) => right.stat(from)));
    return right.move(moves.map((move, n) => ({ ...move, version: found[n]?.version ?? '' })));
  },
});

const movesAgain: Fault = (right) => ({
  move: async (moves) => {
    const answers: boolean[] = [];
    for (const { from, to } of moves) {
      const content = await right.read(from).catch(() => undefined);
      if (content !== undefined) await right.create(to, content, { replace: true });
      await right.delete(from);
      answers.push(true);
    }
    return answers;
  },
});

const FAULTS: Record<string, Fault[]> = {
  'of 20 writers that create one key at once exactly one succeeds': [looksFirst, overwrites],
  'a key that is taken keeps its object, and the error has the code EEXIST': [overwrites],
  'while an object is replaced, readers see the whole old one or the whole new one': [
    deletesBeforeReplacing,
    writesInPlace,
  ],
  'content is read back as it was written, whole or in pieces, also when it is empty': [
    losesEmptyPieces,
  ],
  'a range yields its bytes, and beyond the end what there is': [ignoresRanges],
  'a range that no object can have is refused': [correctsRanges],
  'a key with spaces, percent signs, quotes, dots or other scripts is stored as it is': [
    decodesKeys,
  ],
  'a key or prefix that is absolute, empty or has an empty or relative part is refused': [
    normalises,
  ],
  'a listing has every object once, sorted, with the facts that its creation returned': [
    listsOnePage,
  ],
  'a prefix covers whole parts of keys only, and a missing prefix covers none': [listsByText],
  'one level of a listing has the objects and the prefixes directly below': [listsAllLevels],
  'a missing object has no facts, and reading it is an error with the code ENOENT': [
    readsMissingAsEmpty,
  ],
  'a delete removes one object, frees its key, and does nothing when it is missing': [
    refusesToDeleteMissing,
  ],
  'deleting a prefix removes all objects below it and no other, and never the whole store': [
    deletesByText,
  ],
  'an object has its key only once it is complete': [writesInPlace],
  'content that breaks off leaves no object, frees the key, and is the error of the call': [
    writesInPlace,
    deletesBeforeReplacing,
  ],
  'an abort ends a creation, also while it waits for content, and leaves no object': [abortsLate],
  'a reader that stops early releases the object': [keepsHandles],
  'a replacement of the same size has another version': [versionsBySize],
  'the time of an object is in milliseconds since 1970': [countsSeconds],
  'a moved object has only its new key, and a second call finds it there': [copies],
  'an object that was replaced or deleted is not moved': [movesAnyVersion, movesAgain],
  'a repeated move leaves a later object of the old key alone': [movesAgain],
};

test('every check has a fault that it must find', () => {
  const names = OBJECT_STORE_CHECKS.map(({ name }) => name);
  expect(Object.keys(FAULTS).toSorted()).toEqual(names.toSorted());
});

/** Open files are counted on Linux only. */
const canFind = (fault: Fault): boolean => fault !== keepsHandles || existsSync('/proc/self/fd');

const cases = OBJECT_STORE_CHECKS.flatMap(({ name, check }) =>
  (FAULTS[name] ?? []).filter(canFind).map((fault) => ({ name, check, fault })),
);

test.each(cases)('a store that $fault.name fails the check: $name', async ({ check, fault }) => {
  const right = new LocalObjectStore({ root });
  const store = {
    create: right.create.bind(right),
    read: right.read.bind(right),
    stream: right.stream.bind(right),
    stat: right.stat.bind(right),
    list: right.list.bind(right),
    listLevel: right.listLevel.bind(right),
    delete: right.delete.bind(right),
    deletePrefix: right.deletePrefix.bind(right),
    move: right.move.bind(right),
  };
  await expect(check({ ...store, ...fault(store) })).rejects.toThrow();
});
