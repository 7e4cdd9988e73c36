import type { AppDeps } from './app-deps.ts';
import type { OperationHandlers } from './http/operation.ts';
import { auditPipelineRoute } from './quality/audit-pipeline.ts';
import { cancelRunRoute } from './runs/cancel-run.ts';
import { cancelRunsRoute } from './runs/cancel-runs.ts';
import { createNamespaceRoute } from './namespaces/create-namespace.ts';
import { createPipelineRoute } from './pipelines/create-pipeline.ts';
import { createTestRoute } from './quality/create-test.ts';
import { deleteTestRoute } from './quality/delete-test.ts';
import { createRunRoute } from './runs/create-run.ts';
import { deleteLandingFileRoute } from './landing-zones/delete-landing-file.ts';
import {
  deleteLandingSampleRoute,
  listLandingSamplesRoute,
  uploadLandingSampleRoute,
} from './landing-zones/landing-samples.ts';
import {
  createLandingZoneRoute,
  deleteLandingZoneRoute,
  getLandingZoneRoute,
  listAllLandingZonesRoute,
  putLandingZoneRoute,
} from './landing-zones/landing-zone-settings.ts';
import { getZoneLifecycleRoute, putZoneLifecycleRoute } from './landing-zones/zone-lifecycle.ts';
import { getLandingFileRoute } from './landing-zones/get-landing-file.ts';
import { deleteFileRoute } from './files/delete-file.ts';
import { listFilesRoute } from './files/list-files.ts';
import { readFileRoute } from './files/read-file.ts';
import { uploadFileRoute } from './files/upload-file.ts';
import { writeFileRoute } from './files/write-file.ts';
import { deleteNamespaceRoute } from './namespaces/delete-namespace.ts';
import { deletePipelineRoute } from './pipelines/delete-pipeline.ts';
import { deleteDraftRoute } from './pipelines/delete-draft.ts';
import { diffDraftRoute } from './pipelines/diff-draft.ts';
import { diffVersionsRoute } from './pipelines/diff-versions.ts';
import { getDraftRoute } from './pipelines/get-draft.ts';
import { getVersionRoute } from './pipelines/get-version.ts';
import { listVersionsRoute } from './pipelines/list-versions.ts';
import { publishDraftRoute } from './pipelines/publish-draft.ts';
import { putDraftRoute } from './pipelines/put-draft.ts';
import { restoreVersionRoute, rollbackPipelineRoute } from './pipelines/restore-version.ts';
import { diffTableRoute } from './tables/diff-table.ts';
import { discardRunRoute } from './runs/discard-run.ts';
import { drainRunnerRoute } from './runners/drain-runner.ts';
import { dropTableRoute } from './tables/drop-table.ts';
import { getIndexRoute } from './system/get-index.ts';
import { getNamespaceRoute } from './namespaces/get-namespace.ts';
import { getPipelineRoute } from './pipelines/get-pipeline.ts';
import { getSchemaRoute } from './tables/get-schema.ts';
import { getTableRoute } from './tables/get-table.ts';
import { getTableProfileRoute } from './tables/get-table-profile.ts';
import {
  getOldPipelineMetadataRoute,
  getOldTestsMetadataRoute,
  getPipelineMetadataRoute,
  getTestsMetadataRoute,
} from './quality/get-metadata.ts';
import { getRunLogsRoute } from './logs/get-run-logs.ts';
import { getRunQualityRoute } from './quality/get-run-quality.ts';
import { getRunRoute } from './runs/get-run.ts';
import { getFailingRowsRoute } from './quality/get-failing-rows.ts';
import { getTestHistoryRoute } from './quality/get-test-history.ts';
import { getRunSqlRoute } from './runs/get-run-sql.ts';
import { getRunStatsRoute } from './runs/get-run-stats.ts';
import { getRunCausesRoute } from './runs/get-run-causes.ts';
import { getRunWhyRoute } from './runs/get-run-why.ts';
import { getFeaturesRoute } from './system/get-features.ts';
import { getPrincipalRoute } from './system/get-principal.ts';
import { healthLiveRoute, healthRoute } from './system/health-live.ts';
import { pluginListRoute } from './system/no-plugins.ts';
import { healthReadyRoute } from './system/health-ready.ts';
import { listPipelineTestsRoute } from './quality/list-pipeline-tests.ts';
import { listAuditRoute } from './audit/list-audit.ts';
import { listLandingFilesRoute } from './landing-zones/list-landing-files.ts';
import { listLandingZonesRoute } from './landing-zones/list-landing-zones.ts';
import { listNamespacesRoute } from './namespaces/list-namespaces.ts';
import { listPipelinesRoute } from './pipelines/list-pipelines.ts';
import { listPoolsRoute } from './runners/list-pools.ts';
import { listRunnersRoute } from './runners/list-runners.ts';
import { listRunsRoute } from './runs/list-runs.ts';
import { listTablesRoute } from './tables/list-tables.ts';
import { maintainRoute } from './tables/maintain.ts';
import { previewPipelineRoute } from './pipelines/preview-pipeline.ts';
import { previewStoredPipelineRoute } from './pipelines/preview-stored-pipeline.ts';
import { previewTableRoute } from './tables/preview-table.ts';
import { publishRunRoute } from './runs/publish-run.ts';
import { putNamespaceRoute } from './namespaces/put-namespace.ts';
import { putPipelineRoute } from './pipelines/put-pipeline.ts';
import { putTableMetadataRoute } from './tables/put-table-metadata.ts';
import { queryRoute } from './tables/query.ts';
import { reproduceRunRoute } from './runs/reproduce-run.ts';
import { revertRunRoute } from './runs/revert-run.ts';
import { streamEventsRoute } from './status-feed/stream-events.ts';
import { rerunRunRoute } from './runs/rerun-run.ts';
import { undropTableRoute } from './tables/undrop-table.ts';
import { validatePipelineRoute } from './pipelines/validate-pipeline.ts';
import {
  getNextTimesRoute,
  getPipelineScheduleRoute,
  getScheduleRoute,
  listFiringsRoute,
  listSchedulesRoute,
  previewScheduleRoute,
} from './schedules/read-schedules.ts';
import {
  pauseScheduleRoute,
  resumeScheduleRoute,
  runScheduleRoute,
} from './schedules/run-schedules.ts';
import {
  changeScheduleRoute,
  createScheduleRoute,
  deletePipelineScheduleRoute,
  deleteScheduleRoute,
  putPipelineScheduleRoute,
} from './schedules/write-schedules.ts';
import {
  cancelRunGroupRoute,
  createRunGroupRoute,
  getRunGroupRoute,
  retryRunGroupRoute,
} from './run-groups/run-groups.ts';
import { getColumnLineageRoute } from './lineage/get-column-lineage.ts';
import {
  getPipelineTriggerRoute,
  getTriggerRoute,
  listTriggerFiringsRoute,
  listTriggersRoute,
} from './triggers/read-triggers.ts';
import { pauseTriggerRoute, resumeTriggerRoute, runTriggerRoute } from './triggers/run-triggers.ts';
import {
  createPipelineTriggerRoute,
  listPipelineTriggersRoute,
} from './triggers/typed-triggers.ts';
import { getWhyNotRoute } from './why-not/get-why-not.ts';
import { fireWebhookRoute, receiveDeliveryRoute } from './webhooks/receive-delivery.ts';
import { deletePipelineTriggerRoute, putPipelineTriggerRoute } from './triggers/write-triggers.ts';
import { getLineageRoute, getPluginLineageRoute } from './lineage/get-lineage.ts';
import { searchRoute } from './search/search.ts';
import { rerunRunsRoute } from './runs/rerun-runs.ts';
import { uploadLandingFileRoute } from './landing-zones/upload-landing-file.ts';
import { getMetricsRoute } from './metrics/get-metrics.ts';
import { getOpenApiRoute } from './system/get-open-api.ts';
import { getRetentionRoute } from './retention/get-retention.ts';
import { putRetentionRoute } from './retention/put-retention.ts';
import { getRetentionStatusRoute } from './retention/get-retention-status.ts';
import { runRetentionRoute } from './retention/run-retention.ts';
import { getPipelineRetentionRoute } from './retention/get-pipeline-retention.ts';
import { putPipelineRetentionRoute } from './retention/put-pipeline-retention.ts';
import { createSessionRoute } from './tokens/create-session.ts';
import { createStreamTicketRoute } from './tokens/create-stream-ticket.ts';
import { createTokenRoute } from './tokens/create-token.ts';
import { deleteSessionRoute } from './tokens/delete-session.ts';
import { deleteTokenRoute } from './tokens/delete-token.ts';
import { endSessionsRoute } from './tokens/end-sessions.ts';
import { getSessionRoute } from './tokens/get-session.ts';
import { getTokenRoute } from './tokens/get-token.ts';
import { listTokensRoute } from './tokens/list-tokens.ts';
import { putTokenRoute } from './tokens/put-token.ts';
import { getViewRoute, listViewsRoute } from './views/read-views.ts';
import { createViewRoute, deleteViewRoute, putViewRoute } from './views/write-views.ts';

/** The handler of each operation of the contract. A missing one is a compile error. */
export function operationHandlers(deps: AppDeps): OperationHandlers {
  return {
    listRuns: listRunsRoute(deps),
    getRunStats: getRunStatsRoute(deps),
    createRun: createRunRoute(deps),
    getRun: getRunRoute(deps),
    getRunCauses: getRunCausesRoute(deps),
    getRunWhy: getRunWhyRoute(deps),
    getRunSql: getRunSqlRoute(deps),
    cancelRun: cancelRunRoute(deps),
    cancelRuns: cancelRunsRoute(deps),
    rerunRun: rerunRunRoute(deps),
    rerunRuns: rerunRunsRoute(deps),
    reproduceRun: reproduceRunRoute(deps),
    publishRun: publishRunRoute(deps),
    discardRun: discardRunRoute(deps),
    revertRun: revertRunRoute(deps),
    getRunLogs: getRunLogsRoute(deps),
    streamEvents: streamEventsRoute(deps),
    getRunQuality: getRunQualityRoute(deps),
    getFailingRows: getFailingRowsRoute(deps),
    search: searchRoute(deps),
    getLineage: getLineageRoute(deps),
    getPluginLineage: getPluginLineageRoute(deps),
    getColumnLineage: getColumnLineageRoute(deps),
    createRunGroup: createRunGroupRoute(deps),
    getRunGroup: getRunGroupRoute(deps),
    cancelRunGroup: cancelRunGroupRoute(deps),
    retryRunGroup: retryRunGroupRoute(deps),
    listNamespaces: listNamespacesRoute(deps),
    createNamespace: createNamespaceRoute(deps),
    getNamespace: getNamespaceRoute(deps),
    putNamespace: putNamespaceRoute(deps),
    deleteNamespace: deleteNamespaceRoute(deps),
    listPipelines: listPipelinesRoute(deps),
    createPipeline: createPipelineRoute(deps),
    getPipeline: getPipelineRoute(deps),
    putPipeline: putPipelineRoute(deps),
    validatePipeline: validatePipelineRoute(deps),
    previewPipeline: previewPipelineRoute(deps),
    previewStoredPipeline: previewStoredPipelineRoute(deps),
    deletePipeline: deletePipelineRoute(deps),
    listVersions: listVersionsRoute(deps),
    getVersion: getVersionRoute(deps),
    diffVersions: diffVersionsRoute(deps),
    restoreVersion: restoreVersionRoute(deps),
    rollbackPipeline: rollbackPipelineRoute(deps),
    getDraft: getDraftRoute(deps),
    diffDraft: diffDraftRoute(deps),
    putDraft: putDraftRoute(deps),
    deleteDraft: deleteDraftRoute(deps),
    publishDraft: publishDraftRoute(deps),
    listFiles: listFilesRoute(deps),
    readFile: readFileRoute(deps),
    writeFile: writeFileRoute(deps),
    deleteFile: deleteFileRoute(deps),
    uploadFile: uploadFileRoute(deps),
    getPipelineMetadata: getPipelineMetadataRoute(deps),
    getOldPipelineMetadata: getOldPipelineMetadataRoute(deps),
    getTestsMetadata: getTestsMetadataRoute(deps),
    getOldTestsMetadata: getOldTestsMetadataRoute(deps),
    getRetention: getRetentionRoute(deps),
    putRetention: putRetentionRoute(deps),
    getRetentionStatus: getRetentionStatusRoute(deps),
    runRetention: runRetentionRoute(deps),
    getPipelineRetention: getPipelineRetentionRoute(deps),
    putPipelineRetention: putPipelineRetentionRoute(deps),
    listPipelineTests: listPipelineTestsRoute(deps),
    createTest: createTestRoute(deps),
    deleteTest: deleteTestRoute(deps),
    auditPipeline: auditPipelineRoute(deps),
    getTestHistory: getTestHistoryRoute(deps),
    listTables: listTablesRoute(deps),
    getSchema: getSchemaRoute(deps),
    getTable: getTableRoute(deps),
    dropTable: dropTableRoute(deps),
    undropTable: undropTableRoute(deps),
    putTableMetadata: putTableMetadataRoute(deps),
    getTableProfile: getTableProfileRoute(deps),
    diffTable: diffTableRoute(deps),
    previewTable: previewTableRoute(deps),
    query: queryRoute(deps),
    maintain: maintainRoute(deps),
    listAllLandingZones: listAllLandingZonesRoute(deps),
    createLandingZone: createLandingZoneRoute(deps),
    listLandingZones: listLandingZonesRoute(deps),
    getLandingZone: getLandingZoneRoute(deps),
    putLandingZone: putLandingZoneRoute(deps),
    deleteLandingZone: deleteLandingZoneRoute(deps),
    getZoneLifecycle: getZoneLifecycleRoute(deps),
    putZoneLifecycle: putZoneLifecycleRoute(deps),
    listLandingFiles: listLandingFilesRoute(deps),
    uploadLandingFile: uploadLandingFileRoute(deps),
    getLandingFile: getLandingFileRoute(deps),
    deleteLandingFile: deleteLandingFileRoute(deps),
    listLandingSamples: listLandingSamplesRoute(deps),
    uploadLandingSample: uploadLandingSampleRoute(deps),
    deleteLandingSample: deleteLandingSampleRoute(deps),
    listSchedules: listSchedulesRoute(deps),
    createSchedule: createScheduleRoute(deps),
    previewSchedule: previewScheduleRoute(),
    getSchedule: getScheduleRoute(deps),
    changeSchedule: changeScheduleRoute(deps),
    deleteSchedule: deleteScheduleRoute(deps),
    getPipelineSchedule: getPipelineScheduleRoute(deps),
    putPipelineSchedule: putPipelineScheduleRoute(deps),
    deletePipelineSchedule: deletePipelineScheduleRoute(deps),
    pauseSchedule: pauseScheduleRoute(deps),
    resumeSchedule: resumeScheduleRoute(deps),
    runSchedule: runScheduleRoute(deps),
    getNextTimes: getNextTimesRoute(deps),
    listFirings: listFiringsRoute(deps),
    listPipelineTriggers: listPipelineTriggersRoute(deps),
    createPipelineTrigger: createPipelineTriggerRoute(deps),
    listTriggers: listTriggersRoute(deps),
    getTrigger: getTriggerRoute(deps),
    getPipelineTrigger: getPipelineTriggerRoute(deps),
    putPipelineTrigger: putPipelineTriggerRoute(deps),
    getWhyNot: getWhyNotRoute(deps),
    receiveDelivery: receiveDeliveryRoute(deps),
    fireWebhook: fireWebhookRoute(deps),
    deletePipelineTrigger: deletePipelineTriggerRoute(deps),
    pauseTrigger: pauseTriggerRoute(deps),
    resumeTrigger: resumeTriggerRoute(deps),
    runTrigger: runTriggerRoute(deps),
    listTriggerFirings: listTriggerFiringsRoute(deps),
    listRunners: listRunnersRoute(deps),
    listPools: listPoolsRoute(deps),
    drainRunner: drainRunnerRoute(deps),
    listTokens: listTokensRoute(deps),
    createToken: createTokenRoute(deps),
    getToken: getTokenRoute(deps),
    putToken: putTokenRoute(deps),
    deleteToken: deleteTokenRoute(deps),
    createSession: createSessionRoute(deps),
    getSession: getSessionRoute(deps),
    deleteSession: deleteSessionRoute(deps),
    endSessions: endSessionsRoute(deps),
    createStreamTicket: createStreamTicketRoute(deps),
    listViews: listViewsRoute(deps),
    createView: createViewRoute(deps),
    getView: getViewRoute(deps),
    putView: putViewRoute(deps),
    deleteView: deleteViewRoute(deps),
    getIndex: getIndexRoute(deps),
    getHealth: healthRoute(deps),
    getLiveness: healthLiveRoute(deps),
    getReadiness: healthReadyRoute(deps),
    getOpenApi: getOpenApiRoute(),
    getMetrics: getMetricsRoute(deps),
    getFeatures: getFeaturesRoute(deps),
    getPrincipal: getPrincipalRoute(),
    listAudit: listAuditRoute(deps),
    listPlugins: pluginListRoute('listPlugins'),
    listRunnerPlugins: pluginListRoute('listRunnerPlugins'),
    listPluginSources: pluginListRoute('listPluginSources'),
    listPluginPolicies: pluginListRoute('listPluginPolicies'),
  };
}
