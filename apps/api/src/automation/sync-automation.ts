import { announceRun, planFirings } from '@rat/dispatch';
import type { RunHints } from '@rat/hints';
import type { RunQueue } from '@rat/queue';
import type { Logger } from '@rat/runtime';
import { getPipeline, putAutomation, type Database, type PipelineRow } from '@rat/store';
import type { CheckedAutomation } from './define-automation.ts';

/** What firing the due times of changed schedules needs. */
export interface AutomationDeps {
  db: Database;
  queue: RunQueue;
  hints: RunHints;
  log: Logger;
}

/**
 * Makes the schedules of a pipeline those of its `automation.yaml`, in a transaction after the one that
 * stores the version. A PUT that is sent again after a failure in between does the rest. Returns the
 * pipeline with its file.
 */
export async function syncAutomation(
  deps: AutomationDeps,
  pipeline: PipelineRow,
  automation: CheckedAutomation,
  by: string | undefined,
): Promise<PipelineRow> {
  const fired = await putAutomation(deps.db, pipeline, automation, { plan: planFirings, by });
  for (const run of fired.runs) announceRun(deps, run);
  return getPipeline(deps.db, pipeline);
}
