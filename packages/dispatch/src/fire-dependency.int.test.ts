import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { PipelineRef } from '@rat/domain';
import { fireTriggers, listFirings } from '@rat/store';
import { openTriggerLab, type TriggerLab } from '../test/trigger-lab.ts';
import { TRIGGER_RULES } from './fire-triggers.ts';

const at = (name: string): PipelineRef => ({ namespace: 'default', layer: 'gold', name });
const HOUR_MS = 3_600_000;
/** No test reaches it. */
const nextHour = Math.ceil((Date.now() + 300_000) / HOUR_MS) * HOUR_MS;

/** A time of a day that begins with the first due time. */
const hour = (n: number, minutes = 0): Date =>
  new Date(nextHour + n * HOUR_MS + minutes * 60_000 + 500);

let lab: TriggerLab;
let id: string;
beforeEach(async () => {
  lab = await openTriggerLab();
  for (const name of ['a', 'b', 'report']) await lab.pipeline(name);
  id = await lab.trigger(at('report'), {
    kind: 'dependency',
    cron: '0 * * * *',
    timezone: 'UTC',
    pipelines: ['default.gold.a', 'default.gold.b'],
  });
  // As if the trigger had been made at the due time before the first one.
  await lab.db.pool.query('UPDATE triggers SET decided_until = $1', [hour(-1)]);
  await turn(new Date());
});
afterEach(() => lab.close());

/** A run that succeeded at a time, as the feed has noted it. Times only grow. */
async function succeedAt(name: string, time: Date): Promise<string> {
  const runId = await lab.succeed(at(name));
  await lab.readAll();
  await lab.db.pool.query('UPDATE runs SET finished_at = $2 WHERE id = $1', [runId, time]);
  await lab.db.pool.query('UPDATE trigger_inputs SET latest_at = $2 WHERE run_id = $1', [
    runId,
    time,
  ]);
  return runId;
}

/** Lets the trigger decide at a time; returns how many runs it made. */
async function turn(now: Date): Promise<number> {
  await lab.db.pool.query('UPDATE triggers SET fire_at = $1', [now]);
  const fired = await fireTriggers(lab.db, { rules: TRIGGER_RULES, limit: 9, now });
  expect(fired.failed).toEqual([]);
  return fired.runs.length;
}

async function story(): Promise<string[]> {
  const firings = await listFirings(lab.db, id, { limit: 100 });
  return firings.toReversed().map(({ outcome }) => outcome);
}

async function missingNames(): Promise<unknown[]> {
  const { rows } = await lab.db.pool.query<{ missing: unknown }>(
    `SELECT detail -> 'missing' AS missing FROM firings WHERE outcome = 'missed' ORDER BY position`,
  );
  return rows.map(({ missing }) => missing);
}

test('a late success serves one due time, and not the next one too', async () => {
  expect(await turn(hour(0))).toBe(0);
  await succeedAt('a', hour(0, 10));
  await succeedAt('b', hour(0, 20));
  expect(await turn(hour(0, 20))).toBe(1);
  expect(await turn(hour(1))).toBe(0);
  expect(await story()).toEqual(['run', 'waiting']);
  expect(await turn(hour(2))).toBe(0);
  expect(await missingNames()).toEqual([['default.gold.a', 'default.gold.b']]);
});

test('a due time gets its run when the last success was before the next one and nothing decided between', async () => {
  expect(await turn(hour(0))).toBe(0);
  await succeedAt('a', hour(0, 10));
  await succeedAt('b', hour(0, 59));
  expect(await turn(hour(1))).toBe(1);
  expect(await story()).toEqual(['run', 'waiting']);
});

test('a success after the next due time does not serve the one before, which is missed and names its pipeline', async () => {
  expect(await turn(hour(0))).toBe(0);
  await succeedAt('a', hour(0, 10));
  await succeedAt('b', hour(1, 5));
  expect(await turn(hour(1, 10))).toBe(1);
  expect(await story()).toEqual(['missed', 'run']);
  expect(await missingNames()).toEqual([['default.gold.b']]);
});

test('a success after the due time is left for the next one when an earlier one serves it', async () => {
  const first = await succeedAt('a', hour(0, -10));
  expect(await turn(hour(0))).toBe(0);
  await succeedAt('a', hour(0, 30));
  await succeedAt('b', hour(0, 40));
  expect(await turn(hour(0, 40))).toBe(1);
  const [firing] = await listFirings(lab.db, id, { limit: 1 });
  expect(firing?.causes).toContainEqual({
    kind: 'run',
    pipeline: 'default.gold.a',
    run_id: first,
  });
  expect(await turn(hour(1))).toBe(0);
  await succeedAt('b', hour(1, 5));
  expect(await turn(hour(1, 5))).toBe(1);
  expect(await story()).toEqual(['run', 'run']);
});
