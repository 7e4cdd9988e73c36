import { applyRetention, formatRef, type PipelineRef, type RetentionConfig } from '@rat/domain';
import { coerceError } from '@rat/runtime';
import {
  findRetentionBounds,
  removeOldRuns as removeSome,
  sweepAgain,
  takePipelinesToSweep,
  type RetentionLimits,
  type RunPlace,
} from '@rat/store';
import type { AttemptDeps } from '../attempt-contract/attempt-deps.ts';
import { findCurrentTable } from '../table-commit/current-table.ts';

const PIPELINES_A_TURN = 20;
const RUNS_A_STEP = 100;
const STEPS_A_TURN = 200;

const DAY_MS = 86_400_000;

type RetentionDeps = Pick<AttemptDeps, 'db' | 'warehouse' | 'tables' | 'log'>;

/** What was removed. */
export interface RemovedRuns {
  runs: number;
  logs: number;
  qualityResults: number;
}

/**
 * Removes runs beyond the retention limits: too many of one pipeline, or too old. Takes some of the
 * pipelines that were not swept within `everyMs`; the database gives each pipeline to one runner.
 * `isDone` when there are no more.
 */
export async function removeOldRuns(
  deps: RetentionDeps,
  { system, everyMs }: { system: RetentionConfig; everyMs: number },
  signal: AbortSignal,
): Promise<{ removed: RemovedRuns; taken: number; isDone: boolean }> {
  const removed: RemovedRuns = { runs: 0, logs: 0, qualityResults: 0 };
  const taken = await takePipelinesToSweep(deps.db, { everyMs, limit: PIPELINES_A_TURN });
  for (const { pipeline, choice } of taken) {
    if (signal.aborted) break;
    try {
      const some = await sweepPipeline(deps, pipeline, toLimits(applyRetention(system, choice)));
      removed.runs += some.runs;
      removed.logs += some.logs;
      removed.qualityResults += some.qualityResults;
    } catch (err) {
      // An unreadable table does not list the runs it needs, so all its runs are kept until then.
      const reason = coerceError(err).message;
      deps.log.warn({ reason, pipeline: formatRef(pipeline) }, 'old runs not removed');
    }
  }
  return { removed, taken: taken.length, isDone: taken.length === 0 };
}

function toLimits({ runs_max_per_pipeline, runs_max_age_days }: RetentionConfig): RetentionLimits {
  return { maxPerPipeline: runs_max_per_pipeline, maxAgeMs: runs_max_age_days * DAY_MS };
}

/**
 * Sweeps one pipeline's runs in steps, oldest first. When the steps of one turn do not reach the end,
 * the pipeline becomes due again at once.
 */
export async function sweepPipeline(
  deps: RetentionDeps,
  pipeline: PipelineRef,
  limits: RetentionLimits,
): Promise<RemovedRuns> {
  const removed: RemovedRuns = { runs: 0, logs: 0, qualityResults: 0 };
  const bounds = await findRetentionBounds(deps.db, pipeline, limits);
  if (bounds === undefined) return removed;
  const spared = await runsOfTable(deps, pipeline);
  let after: RunPlace | undefined;
  for (let step = 1; step <= STEPS_A_TURN; step += 1) {
    const { removed: gone, next } = await removeSome(deps.db, pipeline, {
      limits,
      bounds,
      spared,
      after,
      limit: RUNS_A_STEP,
    });
    // Files after rows: the log sweep removes a file without a row, but a row that names a missing file
    // would break the log API.
    for (const { logPath, qualityResults } of gone) {
      removed.qualityResults += qualityResults;
      if (logPath === undefined) continue;
      await deps.warehouse.logs.remove(logPath);
      removed.logs += 1;
    }
    removed.runs += gone.length;
    after = next;
    if (after === undefined) break;
  }
  if (removed.runs > 0) {
    deps.log.info({ pipeline: formatRef(pipeline), runs: removed.runs }, 'old runs removed');
  }
  // A turn that removed no run passed only kept ones; another turn would pass the same ones.
  if (after !== undefined && removed.runs > 0) await sweepAgain(deps.db, pipeline);
  return removed;
}

/** The runs whose snapshots the table still has, on any of its branches. */
async function runsOfTable(deps: RetentionDeps, table: PipelineRef): Promise<string[]> {
  const current = await findCurrentTable(deps, table);
  return (current?.metadata.snapshots ?? []).flatMap(({ summary }) => {
    const runId = summary['rat.run-id'];
    return runId === undefined || !/^[0-9a-f-]{36}$/i.test(runId) ? [] : [runId];
  });
}
