import { rename, rm, writeFile } from 'node:fs/promises';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { pathFromUri } from '@rat/storage';
import { findRunsToCleanUp, settleAttempt } from '@rat/store';
import { ORDERS } from '@rat/testing';
import { openTableFixture, type TableFixture } from '../../test/table-fixture.ts';
import { cleanUpOnce } from './clean-up-ended-runs.ts';
import { RetrySchedule } from './retry-schedule.ts';

let fixture: TableFixture;
beforeEach(async () => {
  fixture = await openTableFixture();
});
afterEach(() => fixture.close());

test('a cleanup that fails is tried again after a growing wait until it succeeds', async () => {
  const { deps } = fixture;
  const id = await fixture.newRun();
  await fixture.claim(id, 1);
  await deps.warehouse.stagingDir(ORDERS, id, 1);
  await settleAttempt(deps.db, { runId: id, attempt: 1 }, { kind: 'cancel' }, []);
  const marked = async (): Promise<string[]> =>
    (await findRunsToCleanUp(deps.db, 10)).map(({ runId }) => runId);
  const data = pathFromUri(deps.tables.uri(ORDERS.namespace, ORDERS.layer, ORDERS.name, 'data'));
  await rename(data, `${data}-away`);
  await writeFile(data, 'a file is in the way of the folder');
  const schedule = new RetrySchedule({ firstMs: 1_000, longestMs: 60_000 });
  await cleanUpOnce(deps, schedule, 0);
  expect(schedule.waiting(0)).toEqual([id]);
  expect(await marked()).toEqual([id]);

  await rm(data);
  await rename(`${data}-away`, data);
  await cleanUpOnce(deps, schedule, 500);
  expect(await marked()).toEqual([id]);
  await cleanUpOnce(deps, schedule, 5_000);
  expect(await marked()).toEqual([]);
  expect(schedule.waiting(5_000)).toEqual([]);
  expect(await fixture.staged()).toEqual([]);
});
