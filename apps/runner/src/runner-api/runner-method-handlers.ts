import type { RunnerResponse, RunnerRequest, RunnerMethod } from '@rat/contracts';
import { planMaintenance } from '../maintenance/plan-maintenance.ts';
import { answerQueryQuestion } from './answer-query.ts';
import type { RunnerApiDeps } from './runner-api-deps.ts';
import { deleteLandingFile } from './delete-landing-file.ts';
import { discardQuarantined } from './discard-quarantined.ts';
import { getTable } from './get-table.ts';
import type { JsonText } from './json-text.ts';
import { listLandingFiles, listLandingZones } from './list-landing.ts';
import { listTableSummaries } from './list-table-summaries.ts';
import { publishQuarantined } from './publish-quarantined.ts';
import { revertRun } from './revert-run.ts';

/** The handler of each method. The signal aborts when the caller has left. */
export type RunnerMethodHandlers = {
  [V in RunnerMethod]: (
    question: RunnerRequest<V>,
    signal: AbortSignal,
  ) => Promise<V extends 'query' ? JsonText : RunnerResponse<V>>;
};

export function runnerMethodHandlers(deps: RunnerApiDeps): RunnerMethodHandlers {
  return {
    'list-tables': (question) => listTableSummaries(deps, question),
    'get-table': (question) => getTable(deps, question),
    query: (question, signal) => answerQueryQuestion(deps, question, signal),
    'plan-maintenance': (table) => planMaintenance(deps, table, deps.limits.keepMs),
    'list-landing-zones': (question) => listLandingZones(deps, question),
    'list-landing-files': (question) => listLandingFiles(deps, question),
    'delete-landing-file': (question) => deleteLandingFile(deps, question),
    'publish-run': (question) => publishQuarantined(deps, question),
    'discard-run': (question) => discardQuarantined(deps, question),
    'revert-run': (question) => revertRun(deps, question),
  };
}
