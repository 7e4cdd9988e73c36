import { formatRef, type PipelineRef } from '@rat/domain';
import { coerceError, type BackgroundJob } from '@rat/runtime';
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

/** How often the runs of one pipeline are swept. */
const SWEEP_EVERY_MS = 3_600_000;

const PIPELINES_A_TURN = 20;
const RUNS_A_STEP = 100;
const STEPS_A_TURN = 200;

type RetentionDeps = Pick<AttemptDeps, 'db' | 'warehouse' | 'tables' | 'log'>;

/**
 * Removes runs beyond the retention limits: too many of one pipeline, or too old. Every runner runs
 * this job, and the database gives each pipeline to one of them.
 */
export function removeOldRuns(limits: RetentionLimits): BackgroundJob<RetentionDeps> {
  return {
    name: 'remove-old-runs',
    everyMs: 60_000,
    run: async (deps, signal) => {
      const due = { everyMs: SWEEP_EVERY_MS, limit: PIPELINES_A_TURN };
      for (const pipeline of await takePipelinesToSweep(deps.db, due)) {
        if (signal.aborted) return;
        try {
          await sweepPipeline(deps, pipeline, limits);
        } catch (err) {
          // An unreadable table does not list the runs it needs, so all its runs are kept until then.
          const reason = coerceError(err).message;
          deps.log.warn({ reason, pipeline: formatRef(pipeline) }, 'old runs not removed');
        }
      }
    },
  };
}

/**
 * Sweeps one pipeline's runs in steps, oldest first. When the steps of one turn do not reach the end,
 * the pipeline becomes due again at once.
 */
export async function sweepPipeline(
  deps: RetentionDeps,
  pipeline: PipelineRef,
  limits: RetentionLimits,
): Promise<void> {
  const bounds = await findRetentionBounds(deps.db, pipeline, limits);
  if (bounds === undefined) return;
  const spared = await runsOfTable(deps, pipeline);
  let after: RunPlace | undefined;
  let count = 0;
  for (let step = 1; step <= STEPS_A_TURN; step += 1) {
    const { removed, next } = await removeSome(deps.db, pipeline, {
      limits,
      bounds,
      spared,
      after,
      limit: RUNS_A_STEP,
    });
    // Files after rows: the log sweep removes a file without a row, but a row that names a missing file
    // would break the log API.
    for (const { logPath } of removed) {
      if (logPath !== undefined) await deps.warehouse.logs.remove(logPath);
    }
    count += removed.length;
    after = next;
    if (after === undefined) break;
  }
  if (count > 0) deps.log.info({ pipeline: formatRef(pipeline), runs: count }, 'old runs removed');
  // A turn that removed no run passed only kept ones; another turn would pass the same ones.
  if (after !== undefined && count > 0) await sweepAgain(deps.db, pipeline);
}

/** The runs whose snapshots the table still has, on any of its branches. */
async function runsOfTable(deps: RetentionDeps, table: PipelineRef): Promise<string[]> {
  const current = await findCurrentTable(deps, table);
  return (current?.metadata.snapshots ?? []).flatMap(({ summary }) => {
    const runId = summary['rat.run-id'];
    return runId === undefined || !/^[0-9a-f-]{36}$/i.test(runId) ? [] : [runId];
  });
}
