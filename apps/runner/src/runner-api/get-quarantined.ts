import { ConflictError, type Run } from '@rat/domain';
import { getRun } from '@rat/store';
import type { RunnerApiDeps } from './runner-api-deps.ts';

/**
 * Returns a run in quarantine, whose rows wait for a decision. Throws NotFoundError and
 * ConflictError.
 */
export async function getQuarantined(deps: Pick<RunnerApiDeps, 'db'>, runId: string): Promise<Run> {
  const run = await getRun(deps.db, runId);
  if (run.kind === 'pipeline' && run.failure?.code === 'quality_failed') return run;
  const what = run.kind === 'pipeline' ? '' : `${run.kind}, `;
  const state = run.failure === undefined ? run.status : `${run.status}: ${run.failure.code}`;
  throw new ConflictError(
    `only a run whose quality tests failed is in quarantine; this one is ${what}${state}`,
  );
}
