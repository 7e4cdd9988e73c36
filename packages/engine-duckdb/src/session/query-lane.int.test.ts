import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inputRelation } from '../sandbox/definition-gate.ts';
import { InterruptedError, StatementError, type Statement } from '@rat/engine';
import type { QueryLane } from './query-lane.ts';
import { openSession, type Session } from './session.ts';
import { splitStatements } from '../sql/split-statements.ts';

const ENDLESS =
  'select count(*) from range(10000000) a, range(10000000) b where hash(a.range, b.range) = 3';

let root: string;
let session: Session;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'rat-lanes-'));
  for (const folder of ['staging', 'temp']) await mkdir(join(root, folder));
  await writeFile(join(root, 'input.csv'), 'a\n1\n');
  await writeFile(join(root, 'secret.csv'), 'a\n1\n');
  const input = join(root, 'input.csv');
  session = await openSession({
    inputs: {
      tables: { input: { sql: `SELECT * FROM read_csv('${input}')`, files: [input] } },
      fileLists: { zone: [input] },
    },
    stagingDir: join(root, 'staging'),
    tempDir: join(root, 'temp'),
    memoryLimitMb: 256,
    tempLimitMb: 256,
    threads: 2,
    lanes: 3,
  });
});
afterEach(async () => {
  await session.close();
  await rm(root, { recursive: true, force: true });
});

function statement(sql: string): Statement {
  const [first] = splitStatements(sql);
  if (!first) throw new Error('no statement');
  return first;
}

async function ask(lane: QueryLane | undefined, sql: string, timeoutMs?: number) {
  if (lane === undefined) throw new Error('no such lane');
  const options = { limit: 10, ...(timeoutMs === undefined ? {} : { timeoutMs }) };
  return (await lane.query(statement(sql), options)).rows;
}

async function refusal(lane: QueryLane | undefined, sql: string, timeoutMs?: number) {
  const error: unknown = await ask(lane, sql, timeoutMs).catch((thrown: unknown) => thrown);
  if (error instanceof StatementError) return error.failure;
  throw new Error('it was allowed', { cause: error });
}

describe('the lanes of a session', () => {
  test('every lane is confined like the first', async () => {
    expect(session.lanes).toHaveLength(3);
    for (const lane of session.lanes) {
      expect(await refusal(lane, `from read_csv('${join(root, 'secret.csv')}')`)).toMatchObject({
        code: 'sql_error',
        message: expect.stringMatching(/^Permission Error/),
      });
      for (const sql of [
        'set threads = 9',
        'set lock_configuration = false',
        `copy (select 1) to '${join(root, 'staging/x.csv')}'`,
        `attach '${join(root, 'x.db')}'`,
        'create table t as select 1',
      ]) {
        expect((await refusal(lane, sql)).code).toBe('sql_error');
      }
    }
  });

  test('every lane sees the inputs, the statements’ tables and the same clock', async () => {
    await session.run(statement('create table made as select 7 as n'));
    for (const lane of session.lanes) {
      expect(await ask(lane, `from ${inputRelation('input')}, made`)).toEqual([['1', '7']]);
      expect(await ask(lane, `from read_csv(getvariable('zone'))`)).toEqual([['1']]);
      expect(await ask(lane, `select '2026-01-01'::TIMESTAMPTZ::VARCHAR`)).toEqual([
        ['2026-01-01 00:00:00+00'],
      ]);
      expect(await refusal(lane, 'select\n nope')).toMatchObject({ line: 2, column: 2 });
    }
  });

  test('a lane keeps working when another lane times out, and after its own failure', async () => {
    const [first, second, third] = session.lanes;
    const [late, wrong, fine] = await Promise.all([
      refusal(first, ENDLESS, 200),
      refusal(second, 'select nope'),
      ask(third, 'select count(*) from range(5000000) where hash(range) <> 3'),
    ]);
    expect([late.code, wrong.code]).toEqual(['timed_out', 'sql_error']);
    expect(fine).toEqual([['5000000']]);
    expect(await ask(first, 'select 1')).toEqual([['1']]);
  });

  test('an interrupt ends the queries of every lane', async () => {
    const ends = session.lanes.map((lane) => ask(lane, ENDLESS).catch((error: unknown) => error));
    session.interrupt();
    for (const end of await Promise.all(ends)) expect(end).toBeInstanceOf(InterruptedError);
  });
});

describe('hasPrivateObjects', () => {
  test('objects that all lanes see are not private', async () => {
    await session.run(statement('create table t as select 1'));
    await session.run(statement('create macro twice(x) as x * 2'));
    await session.keepRows(statement('select 1 as a'), {
      name: '__rat_batch',
      columns: [{ name: 'a', sourceName: 'a', castTo: 'INTEGER' }],
      ordinal: '__rat_ordinal',
    });
    expect(await session.hasPrivateObjects()).toBe(false);
  });

  test.each([
    'create temp table t as select 1',
    'create temp view v as select 1',
    'create temp macro twice(x) as x * 2',
    `create temp type mood as enum ('good')`,
    'create temp sequence s',
    'set variable mine = 3',
  ])('a session has private objects after %s', async (sql) => {
    await session.run(statement(sql));
    expect(await session.hasPrivateObjects()).toBe(true);
  });
});
