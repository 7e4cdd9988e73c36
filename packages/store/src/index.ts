/**
 * Run state in Postgres, atomically.
 *
 * Promises: a run's status changes only through the functions of this room. Each change is one
 * guarded statement together with its stream row; publishing a table and marking its run `success`
 * is one of them. A lost race is a return value, not an error.
 * Refuses to know: the queue, hints, HTTP, DuckDB. The caller enqueues tickets and publishes hints
 * after the function returns.
 * Fails: with the domain's NotFoundError, InputError and ConflictError, and otherwise with the
 * driver's error; `isDatabaseDown` reports whether Postgres was unreachable.
 *
 * Every function takes the Database first. One file holds one verb and its SQL.
 *
 * @example
 * const db = openDatabase({ url, maxConnections: 10, applicationName: 'rat-api', log });
 * const run = await createRun(db, { pipeline, trigger: { kind: 'manual' } });
 * const { status } = await getRun(db, run.id);
 */
export { openDatabase, type Database } from './db/database.ts';
export { migrate } from './db/migrate.ts';
export {
  isMetadataNamed,
  withExport,
  type ExportFacts,
  type ExportSession,
} from './backup/export-database.ts';
export { assertImportable, importDatabase } from './backup/import-database.ts';
export { inspectDatabase, type DatabaseFacts } from './doctor/inspect-database.ts';
export { checkWrites } from './db/check-writes.ts';
export { warmUp } from './db/warm-up.ts';
export { isDatabaseDown } from './db/postgres-errors.ts';

export { createRun, MAINTENANCE_RUN, type CreatedRun } from './runs/create-run.ts';
export type { RunRequest } from './runs/run-request.ts';
export type { ReplacedRun } from './runs/enforce-concurrency.ts';
export { findRun, getRun, getRunStory, type RunStory } from './runs/find-run.ts';
export { getRunSql } from './runs/get-run-sql.ts';
export type { RunProgress } from './runs/run-progress.ts';
export { getWaitFacts } from './runs/get-wait-facts.ts';
export { claimRun, type ClaimedRun } from './runs/claim-run.ts';
export { claimNext, type DeliveredTicket } from './runs/claim-next.ts';
export { takeNextTickets, takeOverdueTickets } from './runs/take-tickets.ts';
export { extendLeases } from './runs/extend-leases.ts';
export type { AttemptKey } from './db/attempt-key.ts';
export { settleAttempt, type ExecutionEnd, type SettleAnswer } from './runs/settle-attempt.ts';
export { publishRun, type PublishAnswer } from './runs/publish-run.ts';
export { findWebhook, findWebhookByToken, type WebhookRow } from './triggers/find-webhook.ts';
export {
  forgetOldDeliveries,
  receiveDelivery,
  type NewDelivery,
} from './triggers/receive-delivery.ts';
export { readNotRunFacts, type NotRunFacts } from './triggers/read-not-run-facts.ts';
export { findRunCauses, type RunCause } from './runs/find-run-causes.ts';
export { completeRun } from './runs/complete-run.ts';
export { countCrashes } from './runs/count-crashes.ts';
export {
  forceCancel,
  requestCancel,
  type CancelAnswer,
  type CancelRequest,
} from './runs/request-cancel.ts';
export { createCancelPlan, forgetExpiredPlans, getCancelPlan } from './runs/cancel-plans.ts';
export { completeReceipt, confirmStops } from './runs/complete-receipt.ts';
export { expireRuns } from './runs/expire-runs.ts';
export { rescueExpiredLeases } from './runs/rescue.ts';
export {
  findMade,
  findUploadReplay,
  forgetExpiredKeys,
  keepUpload,
  type IdempotencyKey,
  type KeptUpload,
  type Made,
} from './db/idempotency.ts';
export { findRunsToCleanUp, markCleanedUp } from './runs/runs-to-clean-up.ts';
export { listRunActions, noteExpiredQuarantines, takeRunAction } from './runs/run-actions.ts';

export {
  findLineageFacts,
  type LineageFacts,
  type LineageRun,
} from './lineage/find-lineage-facts.ts';
export { advanceGroups } from './groups/advance-groups.ts';
export {
  cancelRunGroup,
  createRunGroup,
  findGroupNamespaces,
  forgetOldGroups,
  getRunGroup,
  retryRunGroup,
  type RunGroup,
} from './groups/run-groups.ts';
export { findUnreadChanges, type ReadTable } from './lineage/find-unread-changes.ts';
export {
  findColumnLineage,
  findDeclaredReaders,
  keepColumnLineage,
  type ColumnOrigins,
} from './lineage/column-lineage.ts';
export { readLineage } from './lineage/read-lineage.ts';

export { search, type Found } from './search/search.ts';
export { listRuns, type ListedRun } from './run-lists/list-runs.ts';
export { readRunStats, startOfBucket, type RunStatsPoint } from './run-lists/read-run-stats.ts';
export {
  findPlanNamespaces,
  findRunNamespaces,
  findScheduleNamespaces,
  findTokenNamespaces,
  findTriggerNamespaces,
} from './run-lists/find-namespaces.ts';
export type { RunQuery } from './run-lists/run-query.ts';
export { foldRunCounts } from './run-lists/fold-run-counts.ts';

export { appendEvents, type NewRunEvent } from './run-stream/append-events.ts';
export { readEvents, type RunEvent } from './run-stream/read-events.ts';
export { readStream } from './run-stream/read-stream.ts';
export { readStreamBack } from './run-stream/read-stream-back.ts';
export { readLastSeqs } from './run-stream/read-last-seqs.ts';
export {
  readChangeHorizon,
  readStatusChanges,
  type ChangeCursor,
  type StatusChange,
} from './run-stream/read-status-changes.ts';
export type { LogCounts } from './run-stream/log-counts.ts';
export { archiveStream, listArchivedRuns } from './run-stream/archive-stream.ts';

export {
  createNamespace,
  getNamespace,
  listNamespaces,
  updateNamespace,
  namespaceTag,
  type NamespaceRow,
} from './namespaces/namespaces.ts';
export {
  findQueryQuota,
  findUploadQuota,
  getQuotaUses,
  reserveUpload,
  returnUpload,
  spendQueryTime,
} from './namespaces/quotas.ts';
export { deleteNamespace, type ZoneFolder } from './namespaces/delete-namespace.ts';

export { createPipeline } from './pipelines/create-pipeline.ts';
export {
  deletePipeline,
  getPipeline,
  type PipelineRow,
  type PipelineSummaryRow,
} from './pipelines/pipelines.ts';
export { revisePipeline, type Revision, type RevisionBase } from './pipelines/revise-pipeline.ts';
export {
  putPipeline,
  type PipelineContent,
  type PipelineWrite,
  type Writing,
} from './pipelines/put-pipeline.ts';
export { findWritten, type PipelineWriteOnce } from './pipelines/write-once.ts';
export {
  getVersion,
  listVersions,
  restoreVersion,
  type VersionRow,
  type VersionSummaryRow,
} from './pipelines/versions.ts';
export { deleteDraft, getDraft, publishDraft, putDraft } from './pipelines/drafts.ts';
export { findDraft, type DraftContent, type DraftRow } from './pipelines/draft-row.ts';
export type { RefsGuard } from './pipelines/lock-refs.ts';
export { changeDraft } from './pipelines/change-draft.ts';
export {
  findEditedContent,
  listEditedContent,
  type ContentScope,
  type EditedContent,
} from './pipelines/pipeline-content.ts';
export {
  findDeclaredRefs,
  findUnlistedVersions,
  listVersionInputs,
  type UnlistedVersion,
} from './pipelines/version-inputs.ts';
export { findPipelineSources, type PipelineSourceRow } from './pipelines/find-pipeline-sources.ts';

export {
  listPipelines,
  type ListedPipeline,
  type PipelineHealth,
  type PipelineQuery,
} from './pipelines/list-pipelines.ts';

export {
  commitBranch,
  findTables,
  listTables,
  moveTable,
  type PointerMove,
} from './catalog/catalog.ts';
export { listReaders, type Reader, type TableVersions } from './catalog/list-readers.ts';
export { listMaintainableTables, takeTablesDue } from './catalog/maintainable-tables.ts';
export {
  listReadSnapshots,
  listRunsWithoutBranch,
  listUnfinishedRuns,
  longestRunningMs,
} from './catalog/maintenance-facts.ts';

export type { DroppedTable } from './tables/dropped-table.ts';
export {
  deletePipelineWithTable,
  dropTable,
  type CancelledByDrop,
  type TableDrop,
} from './tables/drop-table.ts';
export {
  listDroppedTables,
  listKeptDrops,
  noteDropRemoved,
  takeExpiredDrops,
} from './tables/dropped-tables.ts';
export { hasTableOrPipeline } from './tables/has-table-or-pipeline.ts';
export { changeTableDocs, docsTag, findTableDocs, type TableDocs } from './tables/table-docs.ts';
export { findTableProfile, saveTableProfile } from './tables/table-profiles.ts';
export { undropTable } from './tables/undrop-table.ts';

export { findLatestResults } from './quality/find-latest-results.ts';
export { listQualityResults } from './quality/list-quality-results.ts';
export { listTestHistory } from './quality/list-test-history.ts';
export type { StoredQualityResult } from './quality/quality-row.ts';

export {
  listAuditEntries,
  recordAuditEntry,
  removeOldAuditEntries,
  type AuditEntry,
  type AuditFacts,
} from './audit/audit-entries.ts';

export {
  changeLandingZone,
  createLandingZone,
  deleteLandingZone,
  findLandingZone,
  getLandingZone,
  zoneTag,
  findLandingZones,
  findRunOfZone,
  listZoneNames,
  type LandingZoneRow,
  type ZoneChanges,
} from './landing/landing-zones.ts';
export {
  findLandingUploads,
  recordLandingUpload,
  removeOldUploads,
  type DeliveredFile,
  type LandingUpload,
} from './landing/landing-uploads.ts';
export {
  findExpiredArchives,
  takeZonesToPurge,
  type ZoneToPurge,
} from './landing/zones-to-purge.ts';
export { listLandingReads, recordReads, type LandingRead } from './landing/landing-reads.ts';
export {
  findDueFiles,
  finishArchive,
  listDueArchives,
  type ArchiveKey,
} from './landing/landing-archives.ts';

export {
  announceRunner,
  countLiveRunners,
  forgetRunner,
  listRunnerEndpoints,
  listRunners,
  listSandboxes,
  registerRunner,
  requestDrain,
  type RunnerAnnouncement,
  type RunnerEndpoint,
} from './runners/runners.ts';
export { readInstallation, type InstallationState } from './metrics/read-installation.ts';
export { readRunMoves, type RunEnd, type RunMove } from './metrics/read-run-moves.ts';
export { moveOpenlineageCursor, takeOpenlineageCursor } from './openlineage/openlineage-cursor.ts';
export { readLineageMoves, type LineageMove } from './openlineage/read-lineage-moves.ts';
export { countTicketless, listPoolNames } from './runners/list-pools.ts';
export { readPools } from './runners/read-pools.ts';

export {
  findRetentionBounds,
  removeOldRuns,
  sweepAgain,
  takePipelinesToSweep,
  type RetentionLimits,
  type RunPlace,
} from './retention/remove-old-runs.ts';
export {
  announceRetention,
  findRetentionChoices,
  getPipelineRetention,
  getSystemRetention,
  putPipelineRetention,
  putSystemRetention,
  retentionTag,
} from './retention/retention-settings.ts';
export {
  findRetentionStatus,
  noteRetentionRound,
  type RetentionRound,
  type RetentionStatusRow,
} from './retention/retention-status.ts';
export {
  changeTokenEnd,
  tokenTag,
  createToken,
  getToken,
  hasTokens,
  listTokens,
  revokeToken,
  type TokenRow,
} from './tokens/tokens.ts';
export {
  createStandIn,
  endSession,
  endSessionsOf,
  findEndedGrants,
  findSession,
  findToken,
  noteTokenUse,
  takeTicket,
  type FoundStandIn,
  type FoundToken,
  type GrantSource,
} from './tokens/grants.ts';
export { getSavedView, viewTag, listSavedViews, type SavedView } from './views/saved-views.ts';
export { changeSavedView, createSavedView, deleteSavedView } from './views/write-saved-view.ts';
export { fireSchedules, recomputeTimes, type FiringTurn } from './schedules/fire-schedules.ts';
export { getSchedule, getScheduleByName, listSchedules } from './schedules/find-schedules.ts';
export { forgetOldFirings, listFirings, type FiringRow } from './schedules/list-firings.ts';
export { pauseFailing, pauseSchedule } from './schedules/pause-schedule.ts';
export { resumeSchedule } from './schedules/resume-schedule.ts';
export { configPath, putAutomation, type AutomationToPut } from './automation/put-automation.ts';
export type { ScheduleChange } from './schedules/store-settings.ts';
export { runSchedule } from './schedules/run-schedule.ts';
export type { ScheduleRow, ScheduleStory } from './schedules/schedule-row.ts';
export {
  changeSchedule,
  createSchedule,
  deleteSchedule,
  putSchedule,
  scheduleTag,
  type ScheduleWrite,
} from './schedules/write-schedule.ts';
export { getTrigger, getTriggerByName, listTriggers } from './triggers/find-triggers.ts';
export { findExisting } from './triggers/find-existing.ts';
export { pauseTrigger, resumeTrigger } from './triggers/pause-trigger.ts';
export { runTrigger } from './triggers/run-trigger.ts';
export type { TriggerInput, TriggerStory } from './triggers/trigger-row.ts';
export { createTrigger, deleteTrigger, putTrigger, triggerTag } from './triggers/write-trigger.ts';
export { findCycles } from './triggers/refuse-cycles.ts';
export type { TriggerChange } from './triggers/store-trigger.ts';
export { fireTriggers, type TriggerTurn } from './triggers/fire-triggers.ts';
export type { TriggerRules } from './triggers/firing-context.ts';
export { readFeed, type FeedTurn } from './triggers/read-feed.ts';
export {
  noteListedFiles,
  noteUploadedFile,
  takeZonesToScan,
  type SeenFile,
  type WatchedZone,
  type ZoneToScan,
} from './triggers/zone-files.ts';
export { forgetMoves, isHeadAt, listMovedTables, saveHead } from './catalog/table-heads.ts';
export { listUnreadStates, nameState, noteTables, noteUnseenMoves } from './triggers/table-news.ts';
