import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { findRefSnapshot, parseTableMetadata } from '@rat/iceberg';
import { backends, eventually, startFleet, type Fleet } from '@rat/testing';

const PIPELINES = 20;
const RUNS = 200;

describe.each(backends())('two APIs and three runners on %s', (backend) => {
  let fleet: Fleet;
  beforeAll(async () => {
    fleet = await startFleet({ backend, apis: 2, runners: 3 });
  }, 60_000);
  afterAll(() => fleet.close());

  test(`a fleet executes each of ${RUNS} runs over ${PIPELINES} pipelines exactly once, and shares them`, async () => {
    const paths = Array.from({ length: PIPELINES }, (_, n) => `default/silver/p${n}`);
    for (const [n, path] of paths.entries()) {
      await fleet.putPipeline(path, { sql: `SELECT range AS n FROM range(${n + 1})` });
    }
    const ids = await Promise.all(
      Array.from({ length: RUNS }, (_, n) => fleet.createRun(paths[n % PIPELINES] ?? '', n % 2)),
    );
    await eventually(
      'all runs end',
      async () => {
        const left = await fleet.query(`SELECT 1 FROM runs WHERE status IN ('pending', 'running')`);
        return left.length === 0;
      },
      // A busy machine takes long; what is tested is that each run is executed once.
      240_000,
    );
    const runs = await fleet.query<{
      id: string;
      status: string;
      attempt: number;
      runner_id: string;
    }>('SELECT id, status, attempt, runner_id FROM runs');
    expect(new Set(runs.map((run) => run.id))).toEqual(new Set(ids));
    expect(new Set(runs.map((run) => `${run.status} ${run.attempt}`))).toEqual(
      new Set(['success 1']),
    );
    expect(new Set(runs.map((run) => run.runner_id)).size).toBe(3);
    // One at a time, in the order of their creation.
    const [order] = await fleet.query<{ overlaps: number; overtakes: number }>(
      `SELECT count(*) FILTER (WHERE b.started_at < a.finished_at AND a.started_at < b.finished_at)::int AS overlaps,
         count(*) FILTER (WHERE (r.created_at, r.id) < (s.created_at, s.id) AND a.started_at > b.started_at)::int
           AS overtakes
       FROM runs r JOIN runs s ON s.pipeline_id = r.pipeline_id AND s.id <> r.id
         JOIN run_attempts a ON a.run_id = r.id JOIN run_attempts b ON b.run_id = s.id`,
    );
    expect(order?.overlaps).toBe(0);
    // Each API takes the creation time from its own clock, and may commit after another API with a
    // later time.
    expect(order?.overtakes).toBeLessThan(RUNS / 4);
    // The stream has each event once: one start, one success, one publish.
    const stories = await fleet.query<{
      started: number;
      ended: number;
      published: number;
      gaps: number;
    }>(
      `SELECT count(*) FILTER (WHERE kind = 'status' AND payload ->> 'status' = 'running')::int AS started,
         count(*) FILTER (WHERE kind = 'status' AND payload ->> 'status' = 'success')::int AS ended,
         count(*) FILTER (WHERE message LIKE 'Published %')::int AS published,
         (max(seq) - count(*))::int AS gaps
       FROM run_events GROUP BY run_id`,
    );
    expect(stories).toEqual(
      Array.from({ length: RUNS }, () => ({ started: 1, ended: 1, published: 1, gaps: 0 })),
    );
    const tables = await fleet.query<{ table_name: string; metadata_location: string }>(
      'SELECT table_name, metadata_location FROM lake.iceberg_tables',
    );
    expect(tables).toHaveLength(PIPELINES);
    for (const { table_name: name, metadata_location: location } of tables) {
      const metadata = parseTableMetadata(await readFile(fileURLToPath(location), 'utf8'));
      // Ten runs make ten snapshots of main, one after the other, and no branch is left.
      expect(Object.keys(metadata.refs)).toEqual(['main']);
      expect(metadata.snapshots).toHaveLength(RUNS / PIPELINES);
      const head = findRefSnapshot(metadata, 'main');
      expect(head?.summary['total-records']).toBe(String(Number(name.slice(1)) + 1));
    }
  }, 300_000);
});
