import { announceRun, planFirings } from '@rat/dispatch';
import type { RunHints } from '@rat/hints';
import type { RunQueue } from '@rat/queue';
import type { Logger, SecretBox } from '@rat/runtime';
import {
  configPath,
  getPipeline,
  putAutomation,
  type Database,
  type PipelineRow,
} from '@rat/store';
import type { RatedIssue } from '@rat/contracts';
import { UnprocessableError } from '@rat/domain';
import { unprocessable } from '@rat/pipelines';
import type { CheckedAutomation } from './define-automation.ts';

/** What checking a file, and firing the due times of changed schedules, needs. */
export interface AutomationDeps {
  db: Database;
  queue: RunQueue;
  hints: RunHints;
  log: Logger;
  /** Seals the secrets of webhooks; undefined without RAT_SECRET_KEY. */
  secretBox: SecretBox | undefined;
}

/** A pipeline with its file. */
interface Synced {
  pipeline: PipelineRow;
  /** The webhooks that refuse every delivery until they have a secret. */
  warnings: RatedIssue[];
}

/**
 * Makes the schedules and triggers of a pipeline those of its `automation.yaml`, in a transaction after
 * the one that stores the version. A PUT that is sent again after a failure in between does the rest.
 * Throws UnprocessableError for a cycle that another writer of triggers closed since the check.
 */
export async function syncAutomation(
  deps: AutomationDeps,
  pipeline: PipelineRow,
  automation: CheckedAutomation,
  by: string | undefined,
): Promise<Synced> {
  const { place, mayRead } = automation;
  const put = await putAutomation(deps.db, pipeline, automation, {
    plan: planFirings,
    by,
    mayRead,
  }).catch((error: unknown) => {
    if (!(error instanceof UnprocessableError)) throw error;
    throw unprocessable(pipeline, error.issues.map(place));
  });
  for (const run of put.fired.runs) announceRun(deps, run);
  const { namespace, layer, name } = pipeline;
  const warnings = put.withoutSecret.map((webhook): RatedIssue => {
    const path = `/api/v1/pipelines/${namespace}/${layer}/${name}/triggers/${webhook}`;
    const message = `webhook ${webhook} refuses every delivery until it has a secret: PUT ${path} with the same kind and config, and secrets`;
    return { ...place({ path: configPath(webhook), message }), severity: 'warning' };
  });
  return { pipeline: await getPipeline(deps.db, pipeline), warnings };
}
