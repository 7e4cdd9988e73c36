import {
  deleteLandingFile,
  listLandingFiles,
  listLandingZones,
  uploadLandingFile,
} from './landing-zones.ts';
import { getRunLogs, streamEvents } from './logs.ts';
import {
  createNamespace,
  deleteNamespace,
  getNamespace,
  listNamespaces,
  putNamespace,
} from './namespaces.ts';
import { deletePipeline, getPipeline, listPipelines, putPipeline } from './pipelines.ts';
import { auditPipeline, getRunQuality, getTestHistory, listPipelineTests } from './quality.ts';
import { drainRunner, listRunners } from './runners.ts';
import {
  cancelRun,
  cancelRuns,
  createRun,
  discardRun,
  getRun,
  getRunStats,
  getRunWhy,
  listRuns,
  publishRun,
  reproduceRun,
  rerunRun,
  rerunRuns,
  revertRun,
} from './runs.ts';
import { search } from './search.ts';
import { getIndex, getLiveness, getOpenApi, getReadiness } from './system.ts';
import { getTable, listTables, maintain, previewTable, query } from './tables.ts';

/** Every operation of the API, by its id. A route that is not here does not exist. */
export const OPERATIONS = {
  listRuns,
  getRunStats,
  createRun,
  getRun,
  getRunWhy,
  cancelRun,
  cancelRuns,
  rerunRun,
  rerunRuns,
  reproduceRun,
  publishRun,
  discardRun,
  revertRun,
  getRunLogs,
  streamEvents,
  getRunQuality,
  search,
  listNamespaces,
  createNamespace,
  getNamespace,
  putNamespace,
  deleteNamespace,
  listPipelines,
  getPipeline,
  putPipeline,
  deletePipeline,
  listPipelineTests,
  auditPipeline,
  getTestHistory,
  listTables,
  getTable,
  previewTable,
  query,
  maintain,
  listLandingZones,
  listLandingFiles,
  uploadLandingFile,
  deleteLandingFile,
  listRunners,
  drainRunner,
  getIndex,
  getLiveness,
  getReadiness,
  getOpenApi,
};
export type OperationId = keyof typeof OPERATIONS;
