import type { RunnerRequest, RunnerResponse } from '@rat/contracts';
import { LimitError, UnavailableError } from '@rat/domain';
import { coerceError } from '@rat/runtime';
import { call } from '../runner-client/call.ts';
import type { RunnerDeps } from '../runner-client/with-runner.ts';

/** What a PUT waits for a runner; a runner that hangs must not keep pipelines from being stored. */
const PUT_WAIT_MS = 4_000;

type Unsaved = Omit<RunnerRequest<'validate-pipeline'>, 'mayWait'>;
type Checked = RunnerResponse<'validate-pipeline'>;

/**
 * Has a live runner check the SQL of a pipeline that is about to be stored. When no runner does, for
 * any reason, the answer is one warning: storing pipelines does not depend on runners.
 */
export async function checkBeforeStoring(deps: RunnerDeps, unsaved: Unsaved): Promise<Checked> {
  const late = AbortSignal.timeout(PUT_WAIT_MS);
  try {
    return await call(deps, 'validate-pipeline', { ...unsaved, mayWait: true }, late);
  } catch (error) {
    const expected = whyUnchecked(error, late);
    // The answer says so too; only an error that is no outage needs a person.
    if (expected === undefined) deps.log.warn({ err: coerceError(error) }, 'SQL not checked');
    return unchecked(expected ?? 'no runner could check it');
  }
}

/** The warning in place of a check. */
export function unchecked(why: string): Checked {
  const message = `the SQL was not checked: ${why}; its mistakes will show when it runs`;
  return { issues: [{ path: 'sql', message, severity: 'warning', never: false }], columns: [] };
}

/** Why no runner answered, as the author may expect it; undefined for any other error. */
function whyUnchecked(error: unknown, late: AbortSignal): string | undefined {
  if (late.aborted) return `no runner answered within ${PUT_WAIT_MS / 1_000} s`;
  if (error instanceof LimitError) return 'every runner is busy';
  return error instanceof UnavailableError ? 'no runner is live' : undefined;
}
