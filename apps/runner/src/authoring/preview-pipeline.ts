import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type {
  ExecuteCommand,
  ExecutorLog,
  InputsAnswer,
  previewDifference,
  previewedMessage,
  PreviewCommand,
} from '@rat/contracts';
import { mergeConfig } from '@rat/contracts/children';
import { formatRef, type Failure, type PipelineRef, type QualityResult } from '@rat/domain';
import {
  StatementError,
  type EngineSession,
  type QueryRows,
  type StagedOutput,
  type Statement,
  type TableEngine,
} from '@rat/engine';
import type { z } from 'zod';
import {
  changeRequest,
  changeTarget,
  contentBefore,
  targetAsItIs,
} from '../execution/change-request.ts';
import { readEmptyZones } from '../execution/empty-zones.ts';
import { findInputs } from '../execution/find-inputs.ts';
import { openRunSession, showTestInputs } from '../execution/open-run-session.ts';
import { PIPELINE_FILE, placeInFile } from '../execution/place-in-file.ts';
import { planRun, type RunPlan } from '../execution/plan-run.ts';
import { readWatermark } from '../execution/read-watermark.ts';
import { runQualityTests } from '../execution/run-quality-tests.ts';
import { logNotes, runStatements } from '../execution/run-statements.ts';
import { RunFailedError, toFailure } from '../execution/to-failure.ts';
import type { ResolvedInputs } from '../executor-protocol/execution-host.ts';
import { RunReporter } from '../executor-protocol/run-reporter.ts';

/** A preview without its rows, and the rows. */
export interface PreviewedPipeline {
  head: Omit<z.infer<typeof previewedMessage>, 'type' | 'peakBytes'>;
  rows: QueryRows['rows'];
}

/** Why there is no preview. */
export interface UnablePreview {
  failure: Failure;
}

type FindPreviewInputs = (wanted: {
  tables: PipelineRef[];
  landingZones: string[];
  mayLack?: string[] | undefined;
}) => Promise<ResolvedInputs>;

const LOG_LINES_MAX = 200;
const LOG_LINE_LENGTH = 2_000;
const SAMPLE_ROWS = 10;
const SAMPLE_MAX_BYTES = 256 * 1024;
/** Enough to count the rows of a table, and not noticed by an author. */
const COUNT_MIN_MS = 50;

/**
 * Runs an unsaved pipeline as a run would, up to the rows of its last statement. It writes into its
 * own temporary folder only, and nothing is published. For tests and for the comparison the whole
 * result is staged there, as a run stages it.
 *
 * @example
 * const previewed = await previewPipeline(engine, command, (wanted) => ask(wanted));
 * if ('failure' in previewed) report(previewed.failure);
 */
export async function previewPipeline(
  engine: TableEngine,
  preview: PreviewCommand,
  findPreviewInputs: FindPreviewInputs,
): Promise<PreviewedPipeline | UnablePreview> {
  const command = toExecuteCommand(preview);
  const log: ExecutorLog[] = [];
  const tests: QualityResult[] = [];
  const phases: { name: string; durationMs: number }[] = [];
  const reporter = new RunReporter(
    {
      onLog: (line) => void (log.length < LOG_LINES_MAX && log.push(line)),
      onQuality: ({ result }) => void tests.push(result),
      onPhase: ({ name, durationMs }) => {
        if (durationMs !== undefined) phases.push({ name, durationMs });
      },
    },
    // The process is killed when its time is over or its client has left.
    new AbortController().signal,
  );
  try {
    const { plan, inputs } = await reporter.inPhase('detect', async () => {
      const watermark = await readWatermark(engine, command);
      const plan = planRun(engine, command, watermark);
      const wanted = preview.runTests
        ? { ...plan.wanted, mayLack: plan.testsOnly }
        : withoutTests(plan);
      const found = await findInputs(wanted, { resolveInputs: findPreviewInputs }, reporter);
      if (found.type === 'skip') throw new Error('a preview is refused, not skipped');
      return readEmptyZones(engine, plan, found);
    });
    const done = await execute(engine, { preview, command, plan, inputs, reporter });
    return {
      rows: done.first.rows,
      head: {
        columns: done.first.columns,
        shownRows: done.first.rows.length,
        truncated: done.first.truncated,
        ...(done.allRows === undefined ? {} : { allRows: done.allRows }),
        phases: [...phases, ...done.phases],
        ...(done.profile === undefined ? {} : { profile: done.profile }),
        log: log.map(({ timestamp, level, phase, message }) => ({
          timestamp,
          level,
          phase,
          message: message.slice(0, LOG_LINE_LENGTH),
        })),
        tests,
        ...(done.compare === undefined ? {} : { compare: done.compare }),
      },
    };
  } catch (error) {
    const failure = toFailure(error, reporter.phase);
    if (failure === undefined) throw error;
    return { failure };
  }
}

/** The command of a run with the same files, whose folders lie in the folder of the preview. */
function toExecuteCommand(preview: PreviewCommand): ExecuteCommand {
  const { pipeline, sql, config, qualityTests, target, runStartedAt, explain, tempDir } = preview;
  const { fullRefresh, interval, params, memoryLimitMb, tempLimitMb, threads } = preview;
  return {
    type: 'execute',
    runId: '00000000-0000-0000-0000-000000000000',
    attempt: 1,
    pipeline,
    auditOnly: false,
    sql,
    config,
    qualityTests: preview.runTests ? qualityTests : [],
    targetExists: target !== undefined && !fullRefresh,
    fullRefresh,
    ...(target === undefined ? {} : { target }),
    ...(interval === undefined ? {} : { interval }),
    ...(params === undefined ? {} : { params }),
    tableUri: pathToFileURL(tempDir).href,
    runStartedAt,
    profiles: explain,
    stagingDir: join(tempDir, 'staging'),
    tempDir,
    memoryLimitMb,
    tempLimitMb,
    threads,
    targetFileMb: 64,
  };
}

function withoutTests({ wanted, testsOnly }: RunPlan): RunPlan['wanted'] {
  return {
    tables: wanted.tables.filter((ref) => !testsOnly.includes(formatRef(ref))),
    landingZones: wanted.landingZones.filter((zone) => !testsOnly.includes(zone)),
  };
}

interface Work {
  preview: PreviewCommand;
  command: ExecuteCommand;
  plan: RunPlan;
  inputs: InputsAnswer;
  reporter: RunReporter;
}

interface Done {
  first: QueryRows;
  profile: string | undefined;
  allRows: number | undefined;
  phases: { name: string; durationMs: number }[];
  compare: z.infer<typeof previewDifference> | undefined;
}

async function execute(engine: TableEngine, work: Work): Promise<Done> {
  const { preview, command, plan, inputs, reporter } = work;
  const tests = preview.runTests ? plan.tests : [];
  let session: EngineSession | undefined;
  try {
    const opened = await reporter.inPhase('build', async () => {
      const { compare: compares } = preview;
      const opening = {
        inputs,
        testsOnly: plan.testsOnly,
        tests: tests.length,
        compares,
        reporter,
      };
      session = await openRunSession(engine, command, opening);
      await runStatements({ engine, session }, plan.statements, reporter);
      return session;
    });
    const startedMs = performance.now();
    const first = await opened.preview(plan.result, preview);
    const phases = [{ name: 'preview', durationMs: Math.round(performance.now() - startedMs) }];
    const { warnings, profile } = opened.takeNotes();
    for (const warning of warnings) reporter.log('warn', warning);
    const known = first.truncated ? undefined : first.rows.length;
    const shown = { first, profile, allRows: known, phases, compare: undefined };
    if (!preview.runTests && !preview.compare) {
      return first.truncated ? await withCount(opened, plan.result, shown) : shown;
    }
    const staged = await reporter.inPhase('write', () =>
      opened.stage(plan.result, changeRequest(command)),
    );
    const done = { ...shown, allRows: known ?? staged.resultRows };
    logNotes(opened, reporter);
    if (tests.length > 0) await runTests(engine, opened, staged, work);
    if (!preview.compare) return done;
    const comparedMs = performance.now();
    const compare = await compareWithTable(engine, opened, staged, command);
    phases.push({ name: 'compare', durationMs: Math.round(performance.now() - comparedMs) });
    return { ...done, compare };
  } catch (error) {
    if (!(error instanceof StatementError)) throw error;
    const statements = [...plan.statements, plan.result];
    const source = { file: PIPELINE_FILE, locate: plan.locate, statements };
    throw new RunFailedError(placeInFile(error.failure, source), { cause: error });
  } finally {
    await session?.close();
  }
}

/**
 * Counts the rows behind the shown ones, for as long as the answer may be late for it: a fifth of the
 * time that the rows took.
 */
async function withCount(session: EngineSession, result: Statement, done: Done): Promise<Done> {
  const tookMs = done.phases.reduce((sum, { durationMs }) => sum + durationMs, 0);
  const startedMs = performance.now();
  const allRows = await session.countWithin(result, Math.max(COUNT_MIN_MS, tookMs / 5));
  const counting = { name: 'count', durationMs: Math.round(performance.now() - startedMs) };
  return { ...done, allRows, phases: [...done.phases, counting] };
}

/** Reports what each test finds. A violation is a finding here, not a failure. */
async function runTests(
  engine: TableEngine,
  session: EngineSession,
  staged: StagedOutput,
  { command, plan, inputs, reporter }: Work,
): Promise<void> {
  try {
    await reporter.inPhase('quality', async () => {
      const scan = engine.scanStaged(changeTarget(command), staged);
      await session.showTested(formatRef(command.pipeline), scan);
      const before = contentBefore(command);
      await runQualityTests({
        engine,
        session,
        tests: plan.tests,
        unavailable: await showTestInputs(session, inputs, plan.testsOnly),
        tested: {
          pipeline: command.pipeline,
          runStartedAt: command.runStartedAt,
          columns: staged.columns,
          main: before && engine.scan(before),
        },
        reporter,
      });
    });
  } catch (error) {
    if (!(error instanceof RunFailedError)) throw error;
  }
}

/** Compares the files that a run would replace with those that it would write. */
async function compareWithTable(
  engine: TableEngine,
  session: EngineSession,
  staged: StagedOutput,
  command: ExecuteCommand,
): Promise<z.infer<typeof previewDifference>> {
  if (staged.form !== 'files') throw new Error('a preview stages files');
  // A full refresh merges with nothing of the table, and replaces all of it.
  const table = targetAsItIs(command);
  const merge = mergeConfig(command.config);
  const { removed } = staged;
  const gone = table.files.filter(({ path }) => removed === 'all' || removed.includes(path));
  const { schema = staged.schema, deletes } = table;
  const before = engine.scan({ schema, files: gone, deletes });
  const after = engine.scanStaged({ ...changeTarget(command), files: [], deletes: [] }, staged);
  const keys = rowKeys(merge);
  const sample = { sample: SAMPLE_ROWS, maxBytes: SAMPLE_MAX_BYTES };
  const found = await session.compare({ before, after, keys, ...sample });
  const names = (fields: readonly { name: string }[]): string[] => fields.map(({ name }) => name);
  const had = names(schema.fields);
  const has = names(staged.schema.fields);
  return {
    strategy: command.fullRefresh ? 'full_refresh' : merge.strategy,
    keys: found.changed === undefined ? [] : keys,
    gained: found.gained,
    lost: found.lost,
    changed: found.changed ?? null,
    columns_added: has.filter((name) => !had.includes(name)),
    columns_removed: had.filter((name) => !has.includes(name)),
    columns: found.columns,
    samples: found.samples,
  };
}

/** The columns that tell rows of the table apart; a partition column holds many rows. */
function rowKeys({ strategy, keys, validFrom }: ReturnType<typeof mergeConfig>): string[] {
  switch (strategy) {
    case 'incremental':
    case 'delete_insert':
      return [...keys];
    case 'scd2':
      return [...keys, validFrom];
    default:
      return [];
  }
}
