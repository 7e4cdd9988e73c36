import type { RowsMethod, RunnerResponse, RunnerRequest, RunnerMethod } from '@rat/contracts';
import { keepTimeOf } from '../maintenance/keep-time-of.ts';
import { planMaintenance } from '../maintenance/plan-maintenance.ts';
import { diffTable } from '../query/diff-table.ts';
import { profileTable } from '../query/profile-table.ts';
import { answerQueryRequest } from './answer-query.ts';
import { getLandingFile } from '../landing/get-landing-file.ts';
import type { RunnerApiDeps } from './runner-api-deps.ts';
import { deleteLandingFile } from './delete-landing-file.ts';
import { discardQuarantined } from './discard-quarantined.ts';
import { findFailingRows } from './failing-rows.ts';
import { getTable } from './get-table.ts';
import type { RowsAnswer } from './rows-answer.ts';
import { deleteLandingSample, listLandingSamples, putLandingSample } from './landing-samples.ts';
import { deleteLandingZone, getLandingZone, listAllLandingZones } from './landing-zones.ts';
import { listLandingFiles, listLandingZones } from './list-landing.ts';
import { listSchemas } from './list-schemas.ts';
import { listTableSummaries } from './list-table-summaries.ts';
import { planRunAction } from './plan-run-action.ts';
import { presentArrays, presentObjects } from './present-preview.ts';
import { previewPipeline } from './preview-pipeline.ts';
import { publishQuarantined } from './publish-quarantined.ts';
import { revertRun } from './revert-run.ts';
import { runRetention } from './run-retention.ts';
import { searchWarehouse } from './search-warehouse.ts';
import { TableColumnsReader } from './table-columns.ts';
import { validatePipeline } from './validate-pipeline.ts';

/** The handler of each method. The signal aborts when the caller has left. */
export type RunnerMethodHandlers = {
  [V in RunnerMethod]: (
    request: RunnerRequest<V>,
    signal: AbortSignal,
  ) => Promise<V extends RowsMethod ? RowsAnswer : RunnerResponse<V>>;
};

export function runnerMethodHandlers(deps: RunnerApiDeps): RunnerMethodHandlers {
  const { warehouse, inspector, executorGid, limits } = deps;
  const files = { landing: warehouse.landing, inspector, executorGid, tempDir: limits.tempDir };
  const columns = new TableColumnsReader(deps);
  return {
    'list-tables': (request) => listTableSummaries(deps, request),
    'list-schemas': (request, signal) => listSchemas({ ...deps, columns }, request, signal),
    'search-warehouse': (request, signal) => searchWarehouse({ ...deps, columns }, request, signal),
    'get-table': (request) => getTable(deps, request),
    query: (request, signal) => answerQueryRequest(deps, request, { rowsAs: 'arrays', signal }),
    'query-objects': (request, signal) =>
      answerQueryRequest(deps, request, { rowsAs: 'objects', signal }),
    'validate-pipeline': (request, signal) => validatePipeline(deps, request, signal),
    'preview-pipeline': (request, signal) =>
      previewPipeline(deps, request, { present: presentArrays, signal }),
    'preview-objects': (request, signal) =>
      previewPipeline(deps, request, { present: presentObjects, signal }),
    'preview-run': (request, signal) =>
      previewPipeline(deps, request, { present: presentArrays, signal }),
    'preview-run-objects': (request, signal) =>
      previewPipeline(deps, request, { present: presentObjects, signal }),
    'failing-rows': (request, signal) => findFailingRows(deps, request, signal),
    'profile-table': (request, signal) => profileTable(deps, request, signal),
    'diff-table': (request, signal) => diffTable(deps, request, signal),
    'plan-maintenance': async (table) =>
      planMaintenance(deps, table, await keepTimeOf(deps, table)),
    'run-retention': (_, signal) => runRetention(deps, signal),
    'list-landing-zones': (request) => listLandingZones(deps, request),
    'list-landing-files': (request) => listLandingFiles(deps, request),
    'list-all-landing-zones': (request) => listAllLandingZones(deps, request),
    'get-landing-zone': (request) => getLandingZone(deps, request),
    'delete-landing-zone': (request) => deleteLandingZone(deps, request),
    'get-landing-file': (request, signal) => getLandingFile(files, request, signal),
    'list-landing-samples': (request) => listLandingSamples(deps, request),
    'put-landing-sample': (request) => putLandingSample(deps, request),
    'delete-landing-sample': (request) => deleteLandingSample(deps, request),
    'delete-landing-file': (request) => deleteLandingFile(deps, request),
    'plan-run-action': (request) => planRunAction(deps, request),
    'publish-run': (request) => publishQuarantined(deps, request),
    'discard-run': (request) => discardQuarantined(deps, request),
    'revert-run': (request) => revertRun(deps, request),
  };
}
