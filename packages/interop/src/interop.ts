import { runBranch } from '@rat/domain';
import { closeServices, eventually, openServices, startFleet, type Fleet } from '@rat/testing';
import { askPython } from './ask-python.ts';
import { fuzzApi } from './fuzz/fuzz-api.ts';
import { testLineageEvents } from './lineage-events.ts';
import { identifierOf, lookUp, type TablePlan } from './look-up-table.ts';
import { TABLES } from './pipelines.ts';
import { testPythonClient } from './python-client.ts';
import { NoPythonError, pythonWithPackages } from './python-environment.ts';
import { check, counts, type InteropCounts } from './verdicts.ts';

const RUN_WITHIN_MS = 60_000;
const TEST = { name: 'no_negatives', sql: 'SELECT * FROM {{ this }} WHERE n < 0' };

/** Each tests what a program of others makes of the product, in this order. */
const PARTS = {
  /** PyIceberg, DuckDB's iceberg extension and ClickHouse on tables that a real API and runner write. */
  tables: readAndWriteTables,
  /** The classes that OpenLineage generates from its schema, on the events that runs send. */
  lineage: testLineageEvents,
  /** The client that openapi-python-client generates from the OpenAPI document. */
  python: testPythonClient,
  /** Clients that make requests from the OpenAPI document. */
  fuzz: fuzzApi,
};

/**
 * Tests what programs of others make of the product, in every part or in those that `only` names. Prints one line a
 * check. A part that needs Python is skipped without it, and nothing has failed.
 */
export async function runInterop(only: readonly string[] = []): Promise<InteropCounts> {
  Object.assign(counts, { passed: 0, failed: 0 });
  const unknown = only.filter((name) => !Object.hasOwn(PARTS, name));
  if (unknown.length > 0)
    throw new Error(`no part ${unknown.join(', ')}; there are ${Object.keys(PARTS).join(', ')}`);
  try {
    await openServices();
    try {
      for (const [name, test] of Object.entries(PARTS))
        if (only.length === 0 || only.includes(name)) await testPart(name, test);
    } finally {
      await closeServices();
    }
  } catch (error) {
    counts.failed += 1;
    console.log('FAIL it broke:', error);
  }
  return { ...counts };
}

/**
 * A machine with nothing but Node has no Python, and still runs the parts that need none. The skip is printed, so that a
 * reader of the output does not take the part for passed.
 */
async function testPart(name: string, test: () => Promise<void>): Promise<void> {
  try {
    await test();
  } catch (error) {
    if (!(error instanceof NoPythonError)) throw error;
    console.log(`!!! INTEROP SKIPPED, the part ${name} needs Python: ${error.message}`);
  }
}

async function readAndWriteTables(): Promise<void> {
  const python = await pythonWithPackages();
  const fleet = await startFleet({
    backend: 'postgres',
    apis: 1,
    runners: 1,
    // Small files, so that a table has many; a lease that outlives a stopped runner.
    env: { RAT_TARGET_FILE_MB: '1', RAT_LEASE_SECONDS: '60' },
  });
  try {
    await testTables(fleet, python);
    await testAnotherWriter(fleet, python);
    await testMergeOnTop(fleet, python);
    await testWriterDuringRun(fleet, python);
    await testTriggerOfAnotherWriter(fleet, python);
  } finally {
    await fleet.close();
  }
}

/** Runs every pipeline the listed number of times, and compares all readers. */
async function testTables(fleet: Fleet, python: string): Promise<void> {
  const tables: (TablePlan & Record<string, unknown>)[] = [];
  for (const [path, expected] of Object.entries(TABLES)) {
    const { runs, fields, rows, count, skips, spec, partitions, finds } = expected;
    const made: MadeRun[] = [];
    for (const { sql, config, failsTest } of runs) {
      made.push(await runPipeline(fleet, path, { sql, config, failsTest }));
    }
    const table = await lookUp(fleet, path);
    const main = runs.findLastIndex((run) => !run.failsTest);
    const branches = made.filter((run) => run.failed).map((run) => runBranch(run.id));
    const expectedRefs = [...(main < 0 ? [] : ['main']), ...branches].sort();
    check(
      `${path}: refs are ${expectedRefs.join(', ')}`,
      Object.keys(table.refs).sort(),
      expectedRefs,
    );
    const published = made[main];
    if (published !== undefined) {
      check(
        `${path}: main is the last good run's`,
        table.refs['main'],
        table.snapshotOf(published.id),
      );
    }
    const views: object[] = [];
    for (const [at, run] of made.entries()) {
      const what = at === main ? 'main' : run.failed ? 'the branch of a failed run' : 'before';
      const written = at === main ? rows : runs[at]?.rows;
      const view = await table.view(what, table.snapshotOf(run.id), { rows: written, count });
      views.push({ ...view, skips });
    }
    tables.push({ ...table.plan, fields, views, spec, partitions, finds });
  }
  await askPython(fleet, python, 'read', { tables, listed: tables.map((one) => one.identifier) });
}

/**
 * PyIceberg commits between two runs: a reading run sees the commit, a writing run keeps it in the
 * history.
 */
async function testAnotherWriter(fleet: Fleet, python: string): Promise<void> {
  const path = 'default/bronze/shared-orders';
  const sql = `SELECT * FROM (VALUES (1, 'ours'), (2, 'ours')) t(id, who)`;
  const first = await runPipeline(fleet, path, { sql });
  const identifier = identifierOf(path);
  await askPython(fleet, python, 'append', {
    append: { identifier, rows: [{ id: 3, who: 'theirs' }] },
  });
  const ref = `SELECT count(*)::INTEGER AS n, max(who) AS newest FROM {{ ref('bronze.shared-orders') }}`;
  await runPipeline(fleet, 'default/silver/sees-both', { sql: ref });
  const second = await runPipeline(fleet, path, { sql: `SELECT 4 AS id, 'ours again' AS who` });

  const seen = await lookUp(fleet, 'default/silver/sees-both');
  const shared = await lookUp(fleet, path);
  const theirs = shared.refs['by-pyiceberg'];
  check(`${path}: its tag is still there`, Object.keys(shared.refs).sort(), [
    'by-pyiceberg',
    'main',
  ]);
  check(`${path}: the history has all three commits`, shared.history, [
    shared.snapshotOf(first.id),
    theirs,
    shared.snapshotOf(second.id),
  ]);
  const head = await seen.view('main', seen.refs['main'], { rows: [[3, 'theirs']] });
  await askPython(fleet, python, 'read', {
    tables: [
      { ...seen.plan, fields: { n: 'int', newest: 'string' }, views: [head] },
      {
        ...shared.plan,
        fields: { id: 'int', who: 'string' },
        views: [
          await shared.view('main', shared.refs['main'], { rows: [[4, 'ours again']] }),
          await shared.view('as PyIceberg left it', theirs, {
            rows: [
              [1, 'ours'],
              [2, 'ours'],
              [3, 'theirs'],
            ],
          }),
        ],
      },
    ],
  });
}

/**
 * The next incremental run treats rows that PyIceberg appended as its own: it updates them by key.
 */
async function testMergeOnTop(fleet: Fleet, python: string): Promise<void> {
  const path = 'default/silver/merged';
  const identifier = identifierOf(path);
  const config = { merge_strategy: 'incremental', unique_key: 'id' };
  const upsert = (id: number, who: string): Promise<MadeRun> =>
    runPipeline(fleet, path, { sql: `SELECT ${id} AS id, '${who}' AS who`, config });
  await upsert(1, 'ours');
  const rows = [
    { id: 2, who: 'theirs' },
    { id: 3, who: 'theirs' },
  ];
  await askPython(fleet, python, 'append', { append: { identifier, rows } });
  await upsert(2, 'ours again');
  const table = await lookUp(fleet, path);
  const expected = [
    [1, 'ours'],
    [2, 'ours again'],
    [3, 'theirs'],
  ];
  const main = await table.view('main', table.refs['main'], { rows: expected });
  const fields = { id: 'int', who: 'string' };
  await askPython(fleet, python, 'read', { tables: [{ ...table.plan, fields, views: [main] }] });
}

/**
 * PyIceberg commits after a run has staged its branch and before it publishes: neither commit is
 * lost.
 */
async function testWriterDuringRun(fleet: Fleet, python: string): Promise<void> {
  const path = 'default/bronze/contested';
  const identifier = identifierOf(path);
  const first = await runPipeline(fleet, path, { sql: `SELECT 1 AS id, 'ours' AS who` });
  // A test that takes a second leaves the time to stop the runner before it publishes.
  const slow =
    'SELECT 1 WHERE (SELECT count(*) FROM range(400_000_000) t(x) WHERE hash(x) = 1) < 0';
  await fleet.putPipeline(path, {
    sql: `SELECT 2 AS id, 'ours again' AS who`,
    quality_tests: [{ name: 'slow', sql: slow }],
  });
  const id = await fleet.createRun(path);
  await eventually('the run stages its branch', async () => {
    const { refs } = await lookUp(fleet, path);
    return runBranch(id) in refs;
  });
  const [runner] = fleet.runners;
  if (runner === undefined) throw new Error('the fleet has no runner');
  runner.kill('SIGSTOP');
  try {
    check(`${path}: the run has not published yet`, Object.keys((await lookUp(fleet, path)).refs), [
      'main',
      runBranch(id),
    ]);
    await askPython(fleet, python, 'append', {
      append: { identifier, rows: [{ id: 3, who: 'theirs' }] },
    });
  } finally {
    runner.kill('SIGCONT');
  }
  await fleet.spy.waitFor(id, 'success', RUN_WITHIN_MS);
  const table = await lookUp(fleet, path);
  const theirs = table.refs['by-pyiceberg'];
  const last = table.refs['main'];
  check(`${path}: no commit is lost`, table.history, [table.snapshotOf(first.id), theirs, last]);
  check(`${path}: the run follows the other writer`, table.parentOf(last), theirs);
  check(`${path}: no branch is left`, Object.keys(table.refs).sort(), ['by-pyiceberg', 'main']);
  await askPython(fleet, python, 'read', {
    tables: [
      {
        ...table.plan,
        fields: { id: 'int', who: 'string' },
        views: [
          await table.view('main', last, { rows: [[2, 'ours again']] }),
          await table.view('as PyIceberg left it', theirs, {
            rows: [
              [1, 'ours'],
              [3, 'theirs'],
            ],
          }),
        ],
      },
    ],
  });
}

/** How soon a pipeline below a table runs after another program has written the table. */
const DOWNSTREAM_WITHIN_MS = 12_000;

/**
 * PyIceberg appends to a table that a trigger watches: the pipeline of the trigger runs soon. A run in
 * quarantine and a compaction move the table's metadata as well, and fire nothing.
 */
async function testTriggerOfAnotherWriter(fleet: Fleet, python: string): Promise<void> {
  const path = 'default/bronze/watched';
  const config = { merge_strategy: 'append_only' };
  for (let n = 1; n <= 12; n += 1) {
    await runPipeline(fleet, path, { sql: `SELECT ${n} AS n, 'ours' AS who`, config });
  }
  await fleet.putPipeline('default/silver/below', {
    sql: `SELECT count(*) AS n FROM {{ ref('bronze.watched') }}`,
  });
  const place = { namespace: 'default', layer: 'silver', name: 'below', trigger: 'data' } as const;
  const { id: trigger } = await fleet
    .client()
    .triggers.putOf(place, { kind: 'table', config: { tables: ['bronze.watched'] } });

  await runPipeline(fleet, path, { sql: `SELECT -1 AS n, 'ours' AS who`, config, failsTest: true });
  await untilMovesAreRead(fleet);
  const { runs } = await fleet
    .client()
    .tables.maintain({ namespace: 'default', layer: 'bronze', table: 'watched' });
  for (const run of runs) await fleet.spy.waitFor(run.run_id, 'success', RUN_WITHIN_MS);
  const [compacted] = await fleet.query<{ files: number }>(
    `SELECT (maintenance ->> 'files_compacted')::int AS files FROM runs
     WHERE kind = 'maintenance' AND pipeline = 'watched' ORDER BY created_at DESC LIMIT 1`,
  );
  check(`${path}: maintenance has joined files`, (compacted?.files ?? 0) > 1, true);
  await untilMovesAreRead(fleet);
  check(`${path}: a quarantine and a compaction fire nothing`, await firingsOf(fleet, trigger), []);

  await askPython(fleet, python, 'append', {
    append: { identifier: identifierOf(path), rows: [{ n: 99, who: 'theirs' }] },
  });
  const appended = performance.now();
  const [firing] = await eventually(
    'the pipeline below runs',
    async () => {
      const found = await firingsOf(fleet, trigger);
      return found.length > 0 && found;
    },
    4 * DOWNSTREAM_WITHIN_MS,
  );
  const ms = Math.round(performance.now() - appended);
  const isSoon = ms <= DOWNSTREAM_WITHIN_MS;
  check(`${path}: the pipeline below runs within 12 s of an append by PyIceberg`, isSoon, true);
  console.log(`     after ${ms} ms`);
  await fleet.spy.waitFor(firing?.run_id ?? '', 'success', RUN_WITHIN_MS);
  await untilMovesAreRead(fleet);
  check(`${path}: one append is one run`, (await firingsOf(fleet, trigger)).length, 1);
}

/** A runner has read every move of a watched table, and the triggers have looked at what it found. */
async function untilMovesAreRead(fleet: Fleet): Promise<void> {
  await eventually(
    'every move of the tables is read',
    async () => {
      const [row] = await fleet.query<{ left: number }>(
        `SELECT (
         (SELECT count(*) FROM table_moves)
         + (SELECT count(*) FROM lake.iceberg_tables c
            WHERE c.table_name = 'watched' AND NOT EXISTS (
              SELECT 1 FROM table_heads h WHERE h.metadata_location = c.metadata_location))
         + (SELECT count(*) FROM triggers WHERE fire_at <= now() AND deleted_at IS NULL)
       )::int AS left`,
      );
      return row?.left === 0;
    },
    RUN_WITHIN_MS,
  );
}

function firingsOf(fleet: Fleet, trigger: string): Promise<{ run_id: string | null }[]> {
  return fleet.query(
    `SELECT run_id::text FROM firings WHERE source_id = '${trigger}' ORDER BY position`,
  );
}

interface MadeRun {
  id: string;
  failed: boolean;
}

async function runPipeline(
  fleet: Fleet,
  path: string,
  {
    sql,
    config,
    failsTest = false,
  }: { sql: string; config?: object | undefined; failsTest?: boolean | undefined },
): Promise<MadeRun> {
  await fleet.putPipeline(path, {
    sql,
    ...(config === undefined ? {} : { config }),
    quality_tests: failsTest ? [TEST] : [],
  });
  const id = await fleet.createRun(path);
  const run = await fleet.spy.waitFor(id, failsTest ? 'failed' : 'success', RUN_WITHIN_MS);
  if (failsTest) check(`${path}: the run fails its test`, run.failure_code, 'quality_failed');
  return { id, failed: failsTest };
}
