import {
  pipelineConfig,
  qualityTest,
  type FailingRows,
  type QueryParentMessage,
  type RunnerRequest,
} from '@rat/contracts';
import {
  formatRef,
  InputError,
  NotFoundError,
  type NamespaceSet,
  type PipelineRef,
  type Run,
} from '@rat/domain';
import {
  findRefSnapshot,
  findSnapshot,
  MAIN_BRANCH,
  readSnapshot,
  readTotals,
  spellType,
  type Schema,
  type TableMetadata,
} from '@rat/iceberg';
import { builtInTestRef, listTests, type PipelineTestDefinition } from '@rat/pipelines';
import { getRun, getVersion, listQualityResults, type VersionRow } from '@rat/store';
import { z } from 'zod';
import { answerTables } from '../query/resolve-query-tables.ts';
import { openMetadata, takeRows } from '../query/table-version.ts';
import type { QueryResult } from '../query/query-runner.ts';
import { withTableName } from '../table-commit/with-table-name.ts';
import {
  findTestedSnapshot,
  notKept,
  refuseWithoutRows,
  type TestedSnapshot,
} from './find-tested-snapshot.ts';
import type { RunnerApiDeps } from './runner-api-deps.ts';

type Deps = Pick<RunnerApiDeps, 'db' | 'tables' | 'queries'>;

/**
 * Asks a quality test of an ended run again, of the rows that the run wrote, and answers a page of what it
 * finds. Other tables are read as the run read them, where that snapshot is still kept.
 * Throws NotFoundError for an unknown run or test, ConflictError when the rows are not kept, and as
 * QueryRunner.run does.
 */
export async function findFailingRows(
  deps: Deps,
  { runId, test: name, limit, offset, client = '' }: RunnerRequest<'failing-rows'>,
  signal: AbortSignal,
): Promise<FailingRows> {
  const run = await getRun(deps.db, runId);
  refuseWithoutRows(run);
  const pipeline = { namespace: run.namespace, layer: run.layer, name: run.pipeline };
  const version = await getVersion(deps.db, pipeline, run.pipelineVersion);
  const { mayRead } = version;
  const test = findTest(version, name);
  const metadata = await openMetadata(deps, pipeline);
  const tested = await findTestedSnapshot(deps, run, metadata);
  const { schema } = await withTableName(pipeline, () =>
    readSnapshot(deps.tables, metadata, tested.id),
  );
  const facts = {
    pipeline,
    asks: test.asks,
    runStartedAt: (run.startedAt ?? run.createdAt).toISOString(),
    isIncremental: tested.before !== undefined,
    columns: columnsOf(schema),
    columnsOfTables: await columnsOfOthers(deps, pipeline, { test, mayRead }),
    mainRows: await rowsBefore(deps, { metadata, tested, test }),
  };
  const result = await deps.queries.ask<QueryResult>(
    {
      what: 'quality test',
      command: (limits) => ({
        type: 'failing-rows',
        ...facts,
        ...limits,
        maxRows: limit,
        offset,
        maxBytes: ANSWER_MAX_BYTES,
      }),
      resolve: ({ tables }) => answerAsOfRun(deps, tables, { run, pipeline, tested, mayRead }),
      read: async (last, openRows) => {
        if (last.type !== 'answer') throw new Error(`a test was answered with ${last.type}`);
        return { ...last, rows: await openRows() };
      },
    },
    { client, signal },
  );
  const results = await listQualityResults(deps.db, runId);
  return {
    run_id: runId,
    test: name,
    violations: results.find((one) => one.name === name)?.violations ?? null,
    columns: result.columns,
    rows: await takeRows(result),
    truncated: result.truncated,
  };
}

/** The rows of one answer, as those of a query. */
const ANSWER_MAX_BYTES = 16 * 1024 * 1024;

function findTest(version: VersionRow, name: string): PipelineTestDefinition {
  const tests = listTests(
    pipelineConfig.parse(version.config),
    z.array(qualityTest).parse(version.qualityTests),
  );
  const found = tests.find((test) => test.name === name);
  if (found !== undefined) return found;
  throw new NotFoundError(
    `the run has no test ${name}; its tests are ${tests.map((test) => test.name).join(', ')}`,
  );
}

/** A built-in test casts its values to the types of columns, whose names the engine knows too. */
function columnsOf({ fields }: Schema): { name: string; type: string }[] {
  return fields.map(({ name, type }) => ({ name, type: spellType(type).toUpperCase() }));
}

async function columnsOfOthers(
  deps: Deps,
  pipeline: PipelineRef,
  { test: { asks }, mayRead }: { test: PipelineTestDefinition; mayRead: NamespaceSet },
): Promise<Record<string, string[]>> {
  const other = 'builtIn' in asks ? builtInTestRef(asks.builtIn, pipeline) : undefined;
  if (other === undefined || formatRef(other) === formatRef(pipeline)) return {};
  const metadata = await openMetadata(deps, other, mayRead);
  const head = findRefSnapshot(metadata, MAIN_BRANCH);
  if (head === undefined) return {};
  const { schema } = await withTableName(other, () =>
    readSnapshot(deps.tables, metadata, head['snapshot-id']),
  );
  return { [formatRef(other)]: schema.fields.map(({ name }) => name) };
}

/** How many rows the table had before the run, for the tests that compare. Throws ConflictError when that has gone. */
async function rowsBefore(
  { tables }: Deps,
  {
    metadata,
    tested,
    test,
  }: { metadata: TableMetadata; tested: TestedSnapshot; test: PipelineTestDefinition },
): Promise<number | undefined> {
  const { asks } = test;
  const isCompared = 'builtIn' in asks && asks.builtIn.row_count?.max_change_pct !== undefined;
  if (!isCompared) return undefined;
  if (tested.before === undefined) return 0;
  const snapshot = findSnapshot(metadata, tested.before);
  if (snapshot === undefined) throw notKept();
  return (await readTotals(tables, metadata, snapshot, ['total-records']))['total-records'];
}

async function answerAsOfRun(
  deps: Deps,
  refs: readonly PipelineRef[],
  {
    run,
    pipeline,
    tested,
    mayRead,
  }: { run: Run; pipeline: PipelineRef; tested: TestedSnapshot; mayRead: NamespaceSet },
): Promise<QueryParentMessage> {
  const tables = [];
  for (const ref of refs) {
    const name = formatRef(ref);
    const isOwn = name === formatRef(pipeline);
    const answer = isOwn
      ? await answerTables(deps, [ref], { snapshot: String(tested.id), mayRead })
      : await answerOther(deps, ref, { snapshot: run.inputSnapshots[name], mayRead });
    tables.push(...answer.tables);
  }
  return { type: 'tables', tables };
}

async function answerOther(
  deps: Deps,
  ref: PipelineRef,
  version: { snapshot: string | undefined; mayRead: NamespaceSet },
): ReturnType<typeof answerTables> {
  try {
    return await answerTables(deps, [ref], version);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    // The snapshot that the run read is gone. Main is what is left of the table.
    return answerTables(deps, [ref], { mayRead: version.mayRead });
  }
}
