import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { mergeConfig, type ExecuteCommand } from '@rat/contracts';
import type { AttemptOutcome, Failure } from '@rat/domain';
import type { LandingFile } from '@rat/storage';
import { recordReads, type ClaimedRun } from '@rat/store';
import type { AttemptDeps } from '../attempt-contract/attempt-deps.ts';
import { runConfig, qualityTestsOf, runTable } from '../attempt-contract/claimed-run.ts';
import { findTargetTable } from '../table-commit/current-table.ts';
import { discardAttempt } from '../table-commit/discard-attempt.ts';
import { inputsFolder } from '../executor-protocol/attempt-folders.ts';
import { findChangedFile } from '../table-commit/find-changed-file.ts';
import type { ExecutionHooks } from '../executor/executor-pool.ts';
import type { RunResult } from './run-result.ts';
import { pinnedMain, type PinnedMain } from '../table-commit/can-commit-onto.ts';
import { resolveInputs } from './resolve-inputs.ts';
import { stageBranch, type StagedChange } from './stage-branch.ts';
import { stagedFiles } from './staged-files.ts';
import { toPhaseRecord, type AttemptReporter } from '../attempt-contract/attempt-reporter.ts';

/**
 * Executes the attempt in an executor child, and does the steps that need the database: pinning the
 * inputs, and making the branch visible before the tests read it.
 */
export async function runInExecutor(
  deps: AttemptDeps,
  run: ClaimedRun,
  signal: AbortSignal,
  reporter: AttemptReporter,
): Promise<AttemptOutcome<RunResult>> {
  // DuckDB gives its spill files the same names in every process, so each attempt has its own
  // folder.
  const tempDir = join(deps.limits.tempDir, `${run.id}_${run.attempt}`);
  const state: {
    staged?: StagedChange;
    pinned?: PinnedMain;
    stagingDir: string;
    inputSnapshots: Record<string, string>;
    landing: Record<string, LandingFile[]>;
  } = {
    stagingDir: '',
    inputSnapshots: {},
    landing: {},
  };
  const config = runConfig(run);
  const archive = config.archive_landing_zones === true;
  const held = { runId: run.id, attempt: run.attempt };
  const lost = (): { type: 'refuse'; failure: Failure } => {
    // Either a cancel was requested, or a newer attempt owns the run. Aborting as `cancelled`
    // settles the first case at once; in the second the fence stops the settlement.
    deps.held.abortAttempt(held, 'cancelled');
    return { type: 'refuse', failure: { code: 'internal', message: 'the attempt was lost' } };
  };
  const hooks: ExecutionHooks = {
    onLog: (line) => reporter.log(line),
    onProgress: (progress) => reporter.progress(progress),
    onFlow: (flow) => reporter.onBackpressure(flow),
    onPhase: (mark) => {
      const record = toPhaseRecord(mark);
      if (record !== undefined) reporter.phase(record);
      else reporter.phaseStarted({ name: mark.name, started_at: mark.startedAt });
    },
    onQuality: ({ result }) => reporter.quality(result),
    onSql: (sql) => reporter.sql(sql),
    onStatement: (ended) => reporter.statement(ended),
    onColumns: ({ columns }) => reporter.columns(columns),
    resolveInputs: async (wanted) => {
      const { namespace, mayRead, pinnedSnapshots } = run;
      const folder = inputsFolder(tempDir);
      const own = { namespace, mayRead, pinned: pinnedSnapshots, folder, signal };
      const pinned = await resolveInputs(deps, { ...wanted, ...own });
      if (!('landing' in pinned)) return pinned.answer;
      const { snapshots: tables, landing: zones } = pinned;
      const recorded = await recordReads(deps.db, held, { tables, zones, archive });
      if (recorded === 'fenced') return lost();
      state.inputSnapshots = tables;
      reporter.inputs(tables);
      state.landing = zones;
      return pinned.answer;
    },
    onStaged: async (result) => {
      if (state.pinned === undefined)
        throw new Error('the child staged a result before it received the command');
      // A full refresh was compared with no rows of the table.
      const strategy = run.fullRefresh ? 'full_refresh' : mergeConfig(config).strategy;
      const requiresSameMain = archive && Object.keys(state.landing).length > 0;
      const changed = await findChangedFile(deps.warehouse.landing, run.namespace, state.landing, {
        // Another run may archive files that this run only reads.
        mayBeGone: !archive,
      });
      if (changed !== undefined) return { type: 'refuse', failure: changed };
      const files = await stagedFiles(deps, result, state.stagingDir);
      const pinned = { ...state.pinned, requiresSameMain };
      const written = { ...result, files, strategy, pinned };
      const staged = await stageBranch(deps, run, written);
      if (staged === 'fenced') return lost();
      if ('code' in staged) return { type: 'refuse', failure: staged };
      state.staged = staged;
      return { type: 'audit' };
    },
  };
  if (run.pinnedSnapshots !== undefined) logReproduction(run, reporter);
  try {
    const { command, pinned } = await toCommand(deps, run, tempDir, reporter);
    state.pinned = pinned;
    state.stagingDir = command.stagingDir;
    const executed = await deps.executors.execute(command, hooks, signal);
    switch (executed.kind) {
      case 'failed':
        return { kind: 'failure', failure: executed.failure };
      case 'interrupted':
        return { kind: 'interrupted' };
      case 'audited':
        return { kind: 'success', publication: { kind: 'audited' } };
      case 'skipped':
        // Nothing was staged, and a successful run keeps its folder otherwise.
        await deps.warehouse.discardStaging(runTable(run), run.id, run.attempt);
        return { kind: 'success', publication: { kind: 'skipped' } };
      case 'finished': {
        if (state.staged === undefined) throw new Error('the child finished without a result');
        const request = { ...state.staged, inputSnapshots: state.inputSnapshots };
        return { kind: 'success', publication: { kind: 'publish', request } };
      }
    }
  } finally {
    await rm(tempDir, { recursive: true, force: true });
  }
}

/**
 * Logs what a reproduced run reads. Its target table stays as it is now, since other runs build on
 * it.
 */
function logReproduction(run: ClaimedRun, reporter: AttemptReporter): void {
  const names = Object.keys(run.pinnedSnapshots ?? {});
  const inputs = names.length === 0 ? 'no tables' : names.join(', ');
  reporter.log({ level: 'info', message: `Reproduces an earlier run: reads ${inputs} as it did` });
  const { strategy } = mergeConfig(runConfig(run));
  if (run.fullRefresh || strategy === 'full_refresh') return;
  const message = `The ${strategy} merge is into the table as it is now, not as it was then; so is what the template reads of it`;
  reporter.log({ level: 'warn', message });
}

/**
 * The branch phase: removes what earlier attempts left, and pins the main that this attempt builds
 * on.
 */
async function toCommand(
  deps: AttemptDeps,
  run: ClaimedRun,
  tempDir: string,
  reporter: AttemptReporter,
): Promise<{ command: ExecuteCommand; pinned: PinnedMain }> {
  const { limits } = deps;
  const table = runTable(run);
  const startedAt = new Date();
  const began = performance.now();
  // Earlier attempts are fenced, so no process uses the files they left.
  if (run.attempt > 1) await discardAttempt(deps, run);
  const { current, main, unreadable } = await findTargetTable(deps, table, run);
  if (unreadable !== undefined) {
    const message = `The table cannot be read: ${unreadable}. This full refresh starts a new one; its earlier versions are gone`;
    reporter.log({ level: 'warn', message });
  }
  reporter.phase({
    name: 'branch',
    status: 'success',
    started_at: startedAt.toISOString(),
    duration_ms: Math.round(performance.now() - began),
  });
  const command: ExecuteCommand = {
    type: 'execute',
    runId: run.id,
    attempt: run.attempt,
    pipeline: table,
    auditOnly: run.kind === 'audit',
    sql: run.sql,
    config: runConfig(run),
    qualityTests: qualityTestsOf(run),
    targetExists: main !== undefined && !run.fullRefresh,
    fullRefresh: run.fullRefresh,
    ...(current === undefined || main === undefined
      ? {}
      : {
          target: {
            schema: main.schema,
            lastColumnId: current.metadata['last-column-id'],
            specs: current.metadata['partition-specs'],
            lastPartitionId: current.metadata['last-partition-id'],
            files: main.files,
          },
        }),
    tableUri: deps.tables.uri(table.namespace, table.layer, table.name),
    runStartedAt: run.claimedAt.toISOString(),
    ...(run.params === undefined ? {} : { params: run.params }),
    ...(run.interval === undefined ? {} : { interval: run.interval }),
    profiles: limits.runLogLevel === 'debug',
    stagingDir: await deps.warehouse.stagingDir(table, run.id, run.attempt),
    tempDir,
    memoryLimitMb: limits.memoryLimitMb,
    tempLimitMb: limits.tempLimitMb,
    threads: limits.threads,
    targetFileMb: limits.targetFileMb,
  };
  return { command, pinned: pinnedMain(current) };
}
