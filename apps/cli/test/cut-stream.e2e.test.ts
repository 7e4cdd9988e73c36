import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import {
  eventually,
  openCuttingProxy,
  startFleet,
  type CuttingProxy,
  type Fleet,
} from '@rat/testing';
import { startCli, type Running } from './start-cli.ts';

jest.setTimeout(120_000);

const LINES = 6_000;
const BATCH = 200;

let fleet: Fleet;
let folder: string;
let proxy: CuttingProxy;

beforeAll(async () => {
  // No runner takes the run, so its log is what this test writes.
  fleet = await startFleet({ backend: 'postgres', apis: 1, runners: 0, checkAnswers: false });
  folder = await mkdtemp(join(tmpdir(), 'rat-cut-'));
  await fleet.putPipeline('default/gold/long', { sql: 'SELECT 1 AS n' });
}, 60_000);
afterAll(async () => {
  proxy?.close();
  await fleet.close();
  await rm(folder, { recursive: true, force: true });
});

/** Writes the lines from a number on, as a runner does. */
async function writeLines(id: string, from: number): Promise<void> {
  await fleet.query(`WITH moved AS (
      UPDATE runs SET last_seq = last_seq + ${BATCH} WHERE id = '${id}' RETURNING last_seq
    )
    INSERT INTO run_events (run_id, seq, attempt, kind, at, level, phase, message)
    SELECT '${id}', last_seq - ${BATCH} + n, 0, 'log', now(), 'info', 'write',
      'line ' || n - 1 + ${from} || ' ' || repeat('é', 250)
    FROM moved, generate_series(1, ${BATCH}) n`);
}

const numbersOf = (out: string): number[] =>
  out.split('\n').flatMap((line) => /line (\d+) é/.exec(line)?.slice(1).map(Number) ?? []);

test('a log whose stream is cut 20 times has each line once and in order, and its SHA-256 is right', async () => {
  const url = fleet.apis[0]?.url ?? '';
  proxy = await openCuttingProxy(url);
  const id = await fleet.createRun('default/gold/long');
  const following: Running = startCli(['logs', '-f', id], { url: proxy.url, folder });
  for (let from = 0; from < LINES; from += BATCH) await writeLines(id, from);
  await eventually(
    'most lines have arrived live',
    () => {
      if (numbersOf(following.out()).length < LINES / 2) throw new Error(following.err());
      return true;
    },
    60_000,
  );
  await fleet.client().runs.cancel(id);
  const { code, out, err } = await following.ended;
  const all = Array.from({ length: LINES }, (_, n) => n);
  // A wrong checksum would end the command with 7.
  expect({ code, err }).toMatchObject({ code: 3, err: expect.stringContaining('⊘ cancelled') });
  expect(numbersOf(out)).toEqual(all);
  expect(proxy.cuts()).toBe(20);
  // The same log without an interruption.
  const { out: whole } = await startCli(['logs', id], { url, folder }).ended;
  expect(out === whole).toBe(true);
});
