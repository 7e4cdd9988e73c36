import { expect, test } from '@jest/globals';
import type { NextState, TableMetadata } from '@rat/iceberg';
import type { Logger } from '@rat/runtime';
import type { TableFiles } from '@rat/storage';
import { commitTable, type CommitAnswer, type TableCommit } from './commit-table.ts';

function nextOf(location: string): NextState {
  const metadata = {} as TableMetadata;
  const next = `${location}-next`;
  const writtenUris = [`${next}-manifest`];
  return { location: next, metadata, writtenUris, expiredMetadataUris: [`${location}-expired`] };
}

type Commit = TableCommit<{ location: string }, NextState, string, string>;

const ORDERS = { namespace: 'default', layer: 'silver', name: 'orders' } as const;

/** A table whose pointer moves under every commit, and a journal of what the loop does to it. */
function openTable() {
  const journal: string[] = [];
  const pauses: number[] = [];
  let version = 0;
  const deps = {
    tables: {
      remove: async (uri: string) => {
        if (uri === 'locked') throw new Error('the file is locked');
        journal.push(`remove ${uri}`);
      },
    } as TableFiles,
    log: { warn: (_: object, message: string) => void journal.push(message) } as unknown as Logger,
  };
  const commit = (over: Partial<Commit> = {}) => {
    const options: Commit = {
      table: ORDERS,
      load: async () => ({ location: `v${version}` }),
      build: async ({ location }) => {
        version += 1;
        const next = nextOf(location);
        journal.push(`build ${next.location}`);
        return { kind: 'next', next };
      },
      commit: async () => ({ kind: 'conflict' }),
      pause: async (tries) => void pauses.push(tries),
      ...over,
    };
    return commitTable(deps, options);
  };
  return { journal, pauses, commit };
}

/** Answers with `answers`, one commit after the other. */
function answering(...answers: CommitAnswer<string, string>[]): Commit['commit'] {
  return async () => answers.shift() ?? { kind: 'conflict' };
}

test('a commit moves the pointer from the loaded version to the next one and deletes the expired metadata', async () => {
  const { journal, pauses, commit } = openTable();
  const result = await commit({
    commit: async (move, { location }) => {
      expect(move).toEqual({ table: ORDERS, expected: 'v0', next: location });
      return { kind: 'committed', receipt: 'done' };
    },
    afterCommit: async ({ location }) => void journal.push(`after ${location}`),
  });
  expect(result).toMatchObject({
    kind: 'committed',
    receipt: 'done',
    next: { location: 'v0-next' },
  });
  expect(journal).toEqual(['build v0-next', 'after v0-next', 'remove v0-expired']);
  expect(pauses).toEqual([]);
});

test('a commit that lost to another writer discards its version and builds again from the newer one', async () => {
  const { journal, pauses, commit } = openTable();
  const result = await commit({
    commit: answering({ kind: 'conflict' }, { kind: 'committed', receipt: 'done' }),
  });
  expect(result.kind).toBe('committed');
  expect(journal).toEqual([
    'build v0-next',
    'remove v0-next-manifest',
    'build v1-next',
    'remove v1-expired',
  ]);
  expect(pauses).toEqual([1]);
});

test('ten lost commits are a conflict, and none of their versions stays', async () => {
  const { journal, pauses, commit } = openTable();
  expect(await commit()).toEqual({ kind: 'conflict' });
  const builds = journal.filter((entry) => entry.startsWith('build'));
  expect(builds).toHaveLength(10);
  expect(journal.filter((entry) => entry.startsWith('remove'))).toEqual(
    builds.map((entry) => `${entry.replace('build', 'remove')}-manifest`),
  );
  expect(pauses).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
});

test('a commit that the fence refuses discards its version and is not tried again', async () => {
  const { journal, commit } = openTable();
  const refused = { kind: 'refused', refusal: 'fenced' } as const;
  expect(await commit({ commit: answering(refused) })).toEqual(refused);
  expect(journal).toEqual(['build v0-next', 'remove v0-next-manifest']);
});

test('a build that refuses commits nothing', async () => {
  const { journal, commit } = openTable();
  const refused = { kind: 'refused', refusal: 'nothing to do' } as const;
  expect(await commit({ build: async () => refused })).toEqual(refused);
  expect(journal).toEqual([]);
});

test('a commit of unknown outcome keeps its version, since the catalog may point at it', async () => {
  const { journal, commit } = openTable();
  const commitLost = commit({ commit: () => Promise.reject(new Error('the answer is lost')) });
  await expect(commitLost).rejects.toThrow('the answer is lost');
  expect(journal).toEqual(['build v0-next']);
});

test('a failure to delete expired metadata is logged, and the commit stands', async () => {
  const { journal, commit } = openTable();
  const result = await commit({
    build: async () => ({
      kind: 'next',
      next: { ...nextOf('v0'), expiredMetadataUris: ['locked'] },
    }),
    commit: answering({ kind: 'committed', receipt: 'done' }),
  });
  expect(result.kind).toBe('committed');
  expect(journal).toEqual(['old metadata not removed']);
});
