import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { runQuality, testHistory, pipelineTests, type RunQuality } from '@rat/contracts';
import { runBranch } from '@rat/domain';
import {
  findRefSnapshot,
  MAIN_BRANCH,
  parseTableMetadata,
  readMainBranch,
  readSnapshotManifests,
  type TableState,
} from '@rat/iceberg';
import { LocalTableFiles } from '@rat/storage';
import { backends, eventually, startFleet, type Fleet } from '@rat/testing';

const ENDLESS = `SELECT count(*) AS n FROM range(10000000) a, range(10000000) b WHERE hash(a.range, b.range) % 7 = 3`;
const PATH = 'default/silver/orders';

const NO_NEGATIVE = {
  name: 'no_negative',
  sql: `-- @description: Money is not negative.
-- @tags: money, pii
-- @remediation: Ask the shop.
SELECT amount, repeat('x', 300) AS note FROM {{ this }} WHERE amount < 0`,
};

describe.each(backends())('quality tests on %s', (backend) => {
  let fleet: Fleet;
  beforeAll(async () => {
    fleet = await startFleet({ backend, apis: 1, runners: 1 });
  }, 60_000);
  afterAll(() => fleet.close());

  async function quality(runId: string): Promise<RunQuality> {
    return runQuality.parse(await fleet.getJson(`/runs/${runId}/quality`));
  }

  async function run(path: string, status: string): Promise<string> {
    const id = await fleet.createRun(path);
    await fleet.spy.waitFor(id, status);
    return id;
  }

  /** The snapshot that readers of the table see. */
  async function mainOf(runId: string): Promise<string> {
    const view = (await fleet.getJson(`/runs/${runId}`)) as { output_snapshot_id: string };
    return view.output_snapshot_id;
  }

  /** A table of layer silver, as the catalog has it. */
  async function findTable(name: string): Promise<TableState | undefined> {
    const rows = await fleet.query<{ table_name: string; metadata_location: string }>(
      'SELECT table_name, metadata_location FROM lake.iceberg_tables',
    );
    const location = rows.find((row) => row.table_name === name)?.metadata_location;
    if (location === undefined) return undefined;
    const metadata = parseTableMetadata(await readFile(fileURLToPath(location), 'utf8'));
    return { metadata, location };
  }

  /** The branches of that table, and the snapshot of each. */
  async function refsOf(name: string): Promise<Record<string, string>> {
    const refs = (await findTable(name))?.metadata.refs ?? {};
    return Object.fromEntries(
      Object.entries(refs).map(([ref, at]) => [ref, String(at['snapshot-id'])]),
    );
  }

  /**
   * Everything that a reader of main meets: its snapshot, and the bytes of each file it leads to.
   */
  async function bytesOfMain(name: string): Promise<{ snapshot: object; files: object }> {
    const tables = new LocalTableFiles(join(fleet.home, 'warehouse'));
    const table = await findTable(name);
    if (table === undefined) throw new Error('there is no such table');
    const main = await readMainBranch(tables, table);
    const snapshot = findRefSnapshot(table.metadata, MAIN_BRANCH);
    if (main === undefined || snapshot === undefined) throw new Error('the table has no main');
    const manifests = await readSnapshotManifests(tables, table.metadata, main.snapshotId);
    const uris = [
      snapshot['manifest-list'],
      ...[...manifests, ...main.files].map((one) => one.path),
    ];
    const read = uris.map(async (uri) => [uri, await readFile(fileURLToPath(uri), 'base64')]);
    return { snapshot, files: Object.fromEntries(await Promise.all(read)) as object };
  }

  test('a violation fails the run, keeps main and the result with its sample', async () => {
    await fleet.putPipeline(PATH, {
      sql: 'SELECT range AS id, range AS amount FROM range(5)',
      quality_tests: [NO_NEGATIVE],
      config: { tests: [{ not_null: 'id' }, { row_count: { min: 6 }, severity: 'warn' }] },
    });
    const good = await run(PATH, 'success');
    expect(await quality(good)).toMatchObject({
      run_id: good,
      summary: { passed: 2, failed: 0, warned: 1, error: 0 },
    });
    await fleet.putPipeline(PATH, {
      sql: 'SELECT range AS id, -range AS amount FROM range(20)',
      quality_tests: [NO_NEGATIVE],
      config: { tests: [{ unique: 'id' }] },
    });
    const bad = await run(PATH, 'failed');
    expect((await fleet.spy.find(bad))?.failure_code).toBe('quality_failed');
    const answer = await quality(bad);
    expect(answer.summary).toEqual({ passed: 1, failed: 1, warned: 0, error: 0 });
    expect(answer.results).toEqual([
      {
        name: 'no_negative',
        severity: 'error',
        status: 'failed',
        description: 'Money is not negative.',
        tags: ['money', 'pii'],
        remediation: 'Ask the shop.',
        violations: 19,
        sample: {
          columns: ['amount', 'note'],
          rows: Array.from({ length: 10 }, () => [
            expect.stringMatching(/^-\d+$/),
            `${'x'.repeat(199)}…`,
          ]),
        },
        duration_ms: expect.any(Number),
        message: null,
      },
      expect.objectContaining({ name: 'unique_id', status: 'passed', violations: 0 }),
    ]);

    // Readers see what the good run published; the bad run's branch is beside it.
    const refs = await refsOf('orders');
    expect(refs['main']).toBe(await mainOf(good));
    expect(Object.keys(refs).toSorted()).toEqual(['main', runBranch(bad)]);

    const tests = pipelineTests.parse(await fleet.getJson(`/pipelines/${PATH}/tests`));
    expect(
      tests.tests.map(({ name, kind, last_result: last }) => [
        name,
        kind,
        last?.status,
        last?.run_id,
      ]),
    ).toEqual([
      ['unique_id', 'unique', 'passed', bad],
      ['no_negative', 'sql', 'failed', bad],
    ]);
    const history = testHistory.parse(
      await fleet.getJson(`/pipelines/${PATH}/tests/no_negative/history?limit=1`),
    );
    expect(history).toMatchObject({ total: 2, results: [{ run_id: bad, status: 'failed' }] });
    const gone = testHistory.parse(
      await fleet.getJson(`/pipelines/${PATH}/tests/not_null_id/history`),
    );
    expect(gone.results.map((result) => result.run_id)).toEqual([good]);
  });

  test.each(['full_refresh', 'incremental'])(
    'a failed test moves the table’s pointer, and not a byte of what readers of main meet: %s',
    async (merge_strategy) => {
      const name = `kept_${merge_strategy}`;
      const path = `default/silver/${name}`;
      const key = merge_strategy === 'incremental' ? { unique_key: 'id' } : {};
      const config = { merge_strategy, ...key, partition_by: 'shop' };
      const rows = (amount: string) =>
        `SELECT range AS id, ${amount} AS amount, range % 2 AS shop FROM range(6)`;
      await fleet.putPipeline(path, { sql: rows('range'), quality_tests: [NO_NEGATIVE], config });
      const good = await run(path, 'success');
      const pointer = (await findTable(name))?.location;
      const before = await bytesOfMain(name);
      // The list, a manifest and a file of each shop.
      expect(Object.keys(before.files)).toHaveLength(4);

      await fleet.putPipeline(path, { sql: rows('-range'), quality_tests: [NO_NEGATIVE], config });
      const bad = await run(path, 'failed');
      expect((await fleet.spy.find(bad))?.failure_code).toBe('quality_failed');
      // Guards against a run that staged nothing, which would make the rest trivial.
      expect((await findTable(name))?.location).not.toBe(pointer);
      const { main, ...others } = await refsOf(name);
      expect(main).toBe(await mainOf(good));
      expect(Object.keys(others)).toEqual([runBranch(bad)]);
      expect(await bytesOfMain(name)).toEqual(before);
    },
  );

  test('a violation of a test of severity warn is stored, and the run succeeds', async () => {
    await fleet.putPipeline('default/silver/warned', {
      sql: 'SELECT 1 AS a',
      quality_tests: [{ name: 'odd', sql: 'FROM {{ this }}', severity: 'warn' }],
    });
    const id = await run('default/silver/warned', 'success');
    expect(await quality(id)).toMatchObject({
      results: [{ name: 'odd', status: 'warned', violations: 1, sample: { rows: [['1']] } }],
      summary: { warned: 1 },
    });
  });

  test('a violation only in the old rows, which the run replaces, does not fail it', async () => {
    const path = 'default/silver/mended';
    await fleet.putPipeline(path, { sql: 'SELECT -1 AS amount' });
    await run(path, 'success');
    await fleet.putPipeline(path, {
      sql: 'SELECT abs(amount) AS amount FROM {{ this }}',
      quality_tests: [NO_NEGATIVE],
      config: { tests: [{ row_count: { max_change_pct: 0 } }] },
    });
    const id = await run(path, 'success');
    expect((await quality(id)).summary).toMatchObject({ passed: 2 });
    expect((await refsOf('mended'))['main']).toBe(await mainOf(id));
  });

  test('a relationship test reads the other table as it was pinned, and its result has that snapshot', async () => {
    await fleet.putPipeline('default/bronze/people', { sql: 'SELECT range AS id FROM range(3)' });
    const people = await run('default/bronze/people', 'success');
    await fleet.putPipeline('default/silver/visits', {
      sql: 'SELECT range AS person FROM range(4)',
      config: {
        tests: [{ relationships: { column: 'person', to: 'bronze.people', field: 'id' } }],
      },
    });
    const id = await run('default/silver/visits', 'failed');
    expect((await quality(id)).results).toMatchObject([
      { name: 'relationships_person', violations: 1, sample: { rows: [['3']] } },
    ]);
    await fleet.putPipeline('default/bronze/people', { sql: 'SELECT range AS id FROM range(4)' });
    const more = await run('default/bronze/people', 'success');
    const mended = await run('default/silver/visits', 'success');
    expect(await fleet.getJson(`/runs/${mended}`)).toMatchObject({
      input_snapshots: { 'default.bronze.people': await mainOf(more) },
    });
    expect(await mainOf(more)).not.toBe(await mainOf(people));
  });

  test('a run is cancelled in the middle of its tests, and leaves no branch', async () => {
    const path = 'default/silver/slow_test';
    await fleet.putPipeline(path, {
      sql: 'SELECT 1 AS a',
      quality_tests: [{ name: 'endless', sql: ENDLESS }],
      config: { tests: [{ not_null: 'a' }] },
    });
    const id = await fleet.createRun(path);
    await eventually('the first test is done', async () => {
      const { logs } = (await fleet.getJson(`/runs/${id}/logs`)) as { logs: { message: string }[] };
      return logs.some((line) => line.message.startsWith('Quality test not_null_a passed'));
    });
    const url = `${fleet.apis[0]?.url ?? ''}/api/v1/runs/${id}/cancel`;
    expect((await fetch(url, { method: 'POST' })).status).toBe(200);
    expect((await fleet.spy.find(id))?.status).toBe('cancelled');
    // Ended tests keep their results, unless the API had to end the run because its runner was too
    // slow.
    const { results } = await quality(id);
    expect(results.filter((result) => result.name !== 'not_null_a')).toEqual([]);
    await eventually('nothing of it is left', async () => {
      const refs = await refsOf('slow_test');
      if (Object.keys(refs).length > 0) throw new Error(JSON.stringify(refs));
      return true;
    });
  });
});
