import { formatRef, type PipelineRef } from '@rat/domain';
import { coerceError, repeat } from '@rat/runtime';
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

const LOOK_EVERY_MS = 60_000;

/** How often one pipeline's runs are looked through. */
const SWEEP_EVERY_MS = 3_600_000;

const PIPELINES_A_TURN = 20;
const RUNS_A_STEP = 100;
const STEPS_A_TURN = 200;

type RetentionDeps = Pick<AttemptDeps, 'db' | 'warehouse' | 'tables' | 'log'>;

/**
 * Removes runs that are too many or too old, until `signal` aborts. Every runner does, and the database gives each
 * pipeline to one of them.
 */
export async function removeOldRuns(
  deps: RetentionDeps,
  limits: RetentionLimits,
  signal: AbortSignal,
): Promise<void> {
  if (limits.maxPerPipeline === 0 && limits.maxAgeMs === 0) return;
  await repeat(
    async () => {
      const due = { everyMs: SWEEP_EVERY_MS, limit: PIPELINES_A_TURN };
      for (const pipeline of await takePipelinesToSweep(deps.db, due)) {
        if (signal.aborted) return;
        try {
          await sweepPipeline(deps, pipeline, limits);
        } catch (err) {
          // A table that cannot be read names nobody; its runs stay until it can.
          const reason = coerceError(err).message;
          deps.log.warn({ reason, pipeline: formatRef(pipeline) }, 'old runs not removed');
        }
      }
    },
    {
      everyMs: LOOK_EVERY_MS,
      signal,
      onError: (err) => deps.log.warn({ err }, 'search for old runs failed'),
    },
  );
}

/** Looks through one pipeline's runs, oldest first, in steps; when these are not enough, another turn goes on. */
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
    // After the rows: a file without a row is found and removed, a row without a file would be a broken promise.
    for (const { logPath } of removed) {
      if (logPath !== undefined) await deps.warehouse.logs.remove(logPath);
    }
    count += removed.length;
    after = next;
    if (after === undefined) break;
  }
  if (count > 0) deps.log.info({ pipeline: formatRef(pipeline), runs: count }, 'old runs removed');
  // What is kept for a reason is passed over again and again; only a turn that removed something is worth another.
  if (after !== undefined && count > 0) await sweepAgain(deps.db, pipeline);
}

/** The runs that made a snapshot which the table keeps, on any of its branches. */
async function runsOfTable(deps: RetentionDeps, table: PipelineRef): Promise<string[]> {
  const current = await findCurrentTable(deps, table);
  return (current?.metadata.snapshots ?? []).flatMap(({ summary }) => {
    const runId = summary['rat.run-id'];
    return runId === undefined || !/^[0-9a-f-]{36}$/i.test(runId) ? [] : [runId];
  });
}
