import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { ExecutedSql } from '@rat/domain';
import { ORDERS, openStoreFixture, type StoreFixture } from '@rat/testing';
import {
  claimRun,
  completeRun,
  createRun,
  getRunSql,
  publishRun,
  requestCancel,
  settleAttempt,
} from '../index.ts';

let fixture: StoreFixture;
beforeAll(async () => {
  fixture = await openStoreFixture();
});
afterAll(() => fixture.close());

function sqlOf(text: string): ExecutedSql {
  const statements = [{ text, line: 1, column: 1, rows: 2, durationMs: 3 }];
  return { compiled: text, statements, isTruncated: false };
}

async function runningRun(): Promise<string> {
  const { id } = await createRun(fixture.db, { pipeline: ORDERS, trigger: { kind: 'manual' } });
  await claimRun(fixture.db, { runId: id, attempt: 1 }, { runnerId: 'a', leaseMs: 60_000 });
  return id;
}

function publish(runId: string, executedSql: ExecutedSql) {
  const table = { ...ORDERS, name: `t_${runId.replaceAll('-', '_')}` };
  const publication = {
    move: { table, expected: undefined, next: `file:///${runId}` },
    snapshotId: '1',
    inputSnapshots: {},
    rowsWritten: 1,
    rowsDeleted: 0,
    rowsTotal: 1,
    executedSql,
  };
  return publishRun(fixture.db, { runId, attempt: 1 }, publication, []);
}

const FAILURE = { code: 'sql_error', message: 'no' } as const;
const SOURCE = { pipelineVersion: 1, sql: 'SELECT 1 AS n', qualityTests: [] };

describe('the SQL of a run', () => {
  test('a run that has not ended shows its pinned version only', async () => {
    const runId = await runningRun();
    expect(await getRunSql(fixture.db, runId)).toEqual({ ...SOURCE, executed: undefined });
  });

  test.each<[string, (runId: string, executedSql: ExecutedSql) => Promise<unknown>]>([
    ['publishes a table', publish],
    [
      'publishes no table',
      (runId, executedSql) => completeRun(fixture.db, { runId, attempt: 1 }, { executedSql }, []),
    ],
    [
      'fails',
      (runId, executedSql) => {
        const settlement = { kind: 'fail', failure: FAILURE, executedSql } as const;
        return settleAttempt(fixture.db, { runId, attempt: 1 }, settlement, []);
      },
    ],
    [
      'is cancelled while it fails',
      async (runId, executedSql) => {
        await requestCancel(fixture.db, runId);
        const settlement = { kind: 'fail', failure: FAILURE, executedSql } as const;
        return settleAttempt(fixture.db, { runId, attempt: 1 }, settlement, []);
      },
    ],
    [
      'is cancelled while it publishes',
      async (runId, executedSql) => {
        await requestCancel(fixture.db, runId);
        return publish(runId, executedSql);
      },
    ],
  ])('an attempt that %s keeps the SQL that it executed', async (_, end) => {
    const runId = await runningRun();
    await end(runId, sqlOf(`SELECT '\0 and half a pair \ud83d'`));
    expect(await getRunSql(fixture.db, runId)).toEqual({
      ...SOURCE,
      executed: { ...sqlOf(`SELECT '\ufffd and half a pair \ufffd'`), attempt: 1 },
    });
  });

  test('a run shows the SQL of its newest attempt that executed any', async () => {
    const runId = await runningRun();
    const retry = { kind: 'retry', failure: FAILURE, delayMs: 0 } as const;
    const settle = (attempt: number, executedSql?: ExecutedSql) =>
      settleAttempt(fixture.db, { runId, attempt }, { ...retry, executedSql }, []);
    const claim = (attempt: number) =>
      claimRun(fixture.db, { runId, attempt }, { runnerId: 'a', leaseMs: 60_000 });
    await settle(1, sqlOf('SELECT 1'));
    await claim(2);
    await settle(2, sqlOf('SELECT 2'));
    await claim(3);
    await settle(3);
    const { executed } = await getRunSql(fixture.db, runId);
    expect(executed).toEqual({ ...sqlOf('SELECT 2'), attempt: 2 });
  });

  test('an overtaken attempt stores no SQL', async () => {
    const runId = await runningRun();
    const late = { kind: 'fail', failure: FAILURE, executedSql: sqlOf('SELECT 9') } as const;
    await settleAttempt(fixture.db, { runId, attempt: 2 }, late, []);
    expect((await getRunSql(fixture.db, runId)).executed).toBeUndefined();
  });
});
