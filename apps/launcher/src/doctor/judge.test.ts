import { describe, expect, test } from '@jest/globals';
import { judgeMigrations, judgePostgres } from './judge-database.ts';
import {
  judgeClock,
  judgeFolder,
  judgeNode,
  judgePort,
  judgeRedis,
  judgeRunners,
  judgeSignIn,
  skipWithoutDatabase,
} from './judge.ts';

test.each([
  ['20.19.0', 'ok'],
  ['24.1.0', 'ok'],
  ['20.18.9', 'failed'],
  ['18.20.0', 'failed'],
])('Node %s is %s', (version, status) => {
  expect(judgeNode(version).status).toBe(status);
});

test.each([
  ['nobody', 'ok'],
  ['this API', 'ok'],
  ['another program', 'failed'],
  ['no such address', 'failed'],
] as const)('a port that %s holds is %s', (holder, status) => {
  expect(judgePort({ host: '127.0.0.1', port: 8080 }, holder).status).toBe(status);
});

const SERVER = { version: '18.4', versionNumber: 180_004, isReadOnly: false, mayCreate: true };

test.each([
  [{}, 'ok', undefined],
  [{ version: '13.2', versionNumber: 130_002 }, 'failed', 'use Postgres 14 or later'],
  [{ isReadOnly: true }, 'failed', 'let DATABASE_URL name the primary'],
  [{ mayCreate: false }, 'failed', expect.stringContaining('OWNER TO')],
])('Postgres with %j is %s', (difference, status, mend) => {
  expect(judgePostgres({ ...SERVER, ...difference })).toMatchObject({
    status,
    ...(mend === undefined ? {} : { mend }),
  });
});

test.each([
  [{}, 'ok', 'all are applied'],
  [{ pending: ['2_b', '3_c'] }, 'failed', '2 are not applied, the first is 2_b'],
  [{ unknown: ['9_z'] }, 'failed', 'the database is of a newer version: it has 9_z'],
  [{ unfinished: ['2_b'], pending: ['2_b'] }, 'failed', '2_b began and did not end'],
])('migrations with %j are %s', (difference, status, found) => {
  const ledger = { pending: [], unknown: [], unfinished: [], ...difference };
  expect(judgeMigrations(ledger)).toMatchObject({ status, found });
});

test.each([
  ['7.0.15', 'noeviction', 'ok'],
  ['7.0.15', 'allkeys-lru', 'failed'],
  ['4.0.1', 'noeviction', 'failed'],
  ['7.0.15', undefined, 'ok'],
])('Redis %s with maxmemory-policy %s is %s', (version, maxmemoryPolicy, status) => {
  expect(judgeRedis({ version, maxmemoryPolicy }).status).toBe(status);
});

test('a clock may differ by two seconds, and the direction is named', () => {
  expect(judgeClock(-1_900).status).toBe('ok');
  expect(judgeClock(4_000).found).toBe('4.0 s behind that of the database');
  expect(judgeClock(-4_000).found).toBe('4.0 s ahead of that of the database');
});

test('a folder must take a file and have a gigabyte free', () => {
  const path = '/data/warehouse';
  const judge = (error: string | undefined, freeBytes: number | undefined) =>
    judgeFolder('warehouse', { path, error, freeBytes }, 'RAT_WAREHOUSE');
  expect(judge(undefined, 2 ** 31).status).toBe('ok');
  expect(judge(undefined, undefined).status).toBe('ok');
  expect(judge(undefined, 2 ** 20).mend).toBe('free some space: at least 1024 MB');
  expect(judge('EACCES', undefined).mend).toContain('RAT_WAREHOUSE');
});

describe('sign-in', () => {
  const TOKEN = 'x'.repeat(32);
  test.each([
    [true, undefined, undefined, undefined, 'ok'],
    [false, undefined, undefined, undefined, 'failed'],
    [false, undefined, undefined, false, 'failed'],
    [false, undefined, undefined, true, 'ok'],
    [false, undefined, 'https://id.example', false, 'ok'],
    [false, TOKEN, undefined, undefined, 'ok'],
    [true, 'short', undefined, undefined, 'failed'],
  ])(
    'loopback %s, token %s, identity provider %s, tokens made %s: sign-in is %s',
    (isLoopback, adminToken, issuer, hasTokens, status) => {
      const check = judgeSignIn({ host: '10.0.0.1', isLoopback, adminToken, issuer, hasTokens });
      expect(check.status).toBe(status);
      expect(JSON.stringify(check)).not.toContain('short');
    },
  );
});

test('every live runner must be reachable, and one must live', () => {
  expect(judgeRunners([]).status).toBe('failed');
  const check = judgeRunners([
    { id: 'a', isReachable: true },
    { id: 'b', isReachable: false },
  ]);
  expect(check).toMatchObject({ status: 'failed', found: 'b cannot be reached from here' });
  expect(judgeRunners([{ id: 'a', isReachable: true }]).status).toBe('ok');
});

test('without a database the checks that need one are skipped with the reason', () => {
  const checks = skipWithoutDatabase('gone');
  expect(checks.map(({ status, found }) => [status, found])).toEqual([
    ['skipped', 'gone'],
    ['skipped', 'gone'],
    ['skipped', 'gone'],
  ]);
});
