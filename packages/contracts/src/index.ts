/**
 * Every shape that crosses a process boundary, once: HTTP, queue tickets, hints, executor IPC, pipeline files.
 *
 * Promises: a value that passed a schema here has its type; the code inside parses nothing twice.
 * Refuses to know: how anything is stored, sent or executed.
 * Fails: with the error of zod; the caller turns it into its own.
 *
 * @example
 * const hint = runHint.parse(JSON.parse(text));
 * const { method, path, access } = OPERATIONS.createRun;
 */
export {
  builtInCheck,
  builtInTest,
  builtInTestName,
  type BuiltInCheck,
  type BuiltInTest,
} from './pipeline-files/built-in-test.ts';
export {
  previewedMessage,
  type CheckedIssue,
  type PreviewCommand,
  type ValidateCommand,
} from './child-ipc/authoring-ipc.ts';
export {
  type RatedIssue,
  storedPreviewAnswer,
  type StoredPreviewAnswer,
  type ValidateAnswer,
} from './http/authoring.ts';
export { previewDifference } from './http/preview-difference.ts';
export {
  words as requestedBy,
  type CancelPlanAnswer,
  type CancelRunBody,
  type CancelRunsAnswer,
} from './http/cancel.ts';
export { errorEnvelope, poolName, type ErrorEnvelope } from './common.ts';
export {
  compactChildMessage,
  type CompactChildMessage,
  type CompactCommand,
} from './child-ipc/compact-ipc.ts';
export type { CreateRunBody } from './http/create-run.ts';
export type { RunGroupAnswer, RunGroupCreated, RunGroupPlan } from './http/run-group.ts';
export type {
  ColumnLineageAnswer,
  ColumnLineageQuery,
  LineageAnswer,
  LineageEdge,
  LineageNode,
  LineageQuery,
} from './http/lineage.ts';
export {
  ARCHIVED_LOG_METHOD,
  archivedLogRequest,
  archivedRow,
  formatArchivedRow,
  peekArchivedRow,
  type ArchivedLogRequest,
} from './runner-api/archived-log.ts';
export {
  CHANNEL_IDENTITY,
  CHANNEL_TLS,
  isSecureKey,
  toSecureKey,
} from './runner-api/secure-channel.ts';
export {
  RUNNER_METHODS,
  isRunnerMethod,
  type RunnerResponse,
  type RunnerRequest,
  type RunnerMethod,
  type RowsMethod,
} from './runner-api/runner-methods.ts';
export {
  runnerApiError,
  fromRunnerApiError,
  NO_SUCH_METHOD,
  toRunnerApiError,
} from './runner-api/runner-api-error.ts';
export {
  childMessage,
  type ChildMessage,
  type ExecuteCommand,
  type ExecutorLog,
  type ExecutorPhase,
  type ExecutorProgress,
  type ExecutorQuality,
  type ExecutorSql,
  type ExecutorColumns,
  type ExecutorStatement,
  type InputsAnswer,
  type ParentMessage,
  type SkipAnswer,
} from './child-ipc/executor-ipc.ts';
export type { AuditEntryAnswer, AuditList } from './http/audit.ts';
export {
  readiness,
  SANDBOX_LEVELS,
  type Features,
  type Liveness,
  type PrincipalAnswer,
  type Readiness,
  type SandboxLevel,
} from './http/health.ts';
export { runHint, type RunHint } from './messages/hint.ts';
export {
  landingFileName,
  storedUpload,
  UPLOAD_METHOD,
  UPLOAD_NEWS_HEADER,
  uploadQuery,
  uploadRequest,
  type LandingFileListAnswer,
  type StoredLandingFile,
  type StoredUpload,
  type UploadedFile,
  type UploadRequest,
} from './http/landing.ts';
export {
  FIRST_ROWS_MAX,
  SAMPLE_MAX_BYTES,
  SAMPLES_MAX,
  type LandingFileContent,
  type LandingSampleAnswer,
  type LandingSamplesAnswer,
  type LandingZoneAnswer,
  type LandingZoneOfRunner,
  type LandingZoneSettingsAnswer,
  type PutLandingZoneBody,
  type PutLifecycleBody,
  type ZoneLifecycle,
} from './http/landing-zone.ts';
export {
  landingChildMessage,
  type LandingChildMessage,
  type LandingParentMessage,
} from './child-ipc/landing-ipc.ts';
export { landingZoneId, presentZoneSettings } from './http/present-zone.ts';
export { type ListPipelinesQuery } from './http/list-queries.ts';
export { type RowFormat, type RowsAs } from './http/row-formats.ts';
export {
  LOG_LIMIT_MAX,
  type ListRunsQuery,
  type RunStatsQuery,
  type RunEventsQuery,
  type RunLogsQuery,
} from './http/run-queries.ts';
export { ROW_MEDIA_TYPES } from './http/query.ts';
export {
  maintenanceReport,
  type MaintenanceAnswer,
  type MaintenanceReport,
} from './http/maintenance.ts';
export { mergeConfig, type MergeConfig } from './pipeline-files/merge-config.ts';
export {
  namespaceAnswer,
  namespaceList,
  type NamespaceAnswer,
  type NamespaceDetail,
  type NamespaceList,
} from './http/namespace.ts';
export {
  pipelineRetention,
  presentRetentionStatus,
  retentionAnswer,
  retentionStatus,
  type PipelineRetentionAnswer,
  type PutRetentionBody,
  type RetentionAnswer,
} from './http/retention.ts';
export {
  configText,
  pipelineConfig,
  qualityTest,
  SQL_MAX_LENGTH,
  TESTS_MAX,
  type PipelineConfig,
  type QualityTest,
} from './pipeline-files/pipeline-files.ts';
export {
  pipelineDetail,
  pipelineList,
  putPipelineAnswer,
  putPipelineBody,
  putPipelineFacts,
  VERSIONS_MAX,
  type CreatePipelineAnswer,
  type PipelineDetail,
  type PipelineList,
  type PipelineSummary,
  type PublishAnswer,
  type PutPipelineAnswer,
  type PutPipelineBody,
  type PutPipelineFacts,
} from './http/pipeline.ts';
export {
  configFileText,
  sqlFileText,
  type FILE_TYPES,
  type FileContent,
  type FileList,
  type FileUploaded,
  type FileWritten,
} from './http/file.ts';
export {
  pipelineDraft,
  versionDetail,
  versionDiff,
  versionList,
  type PipelineDraftAnswer,
  type RollbackAnswer,
  type DraftDiffAnswer,
  type VersionDetail,
  type VersionDiffAnswer,
  type VersionList,
  type VersionSummary,
} from './http/version.ts';
export { type MetadataFile } from './http/metadata.ts';
export { type VersionNoteBody } from './http/version-note.ts';
export {
  queryChildMessage,
  QUERY_ROWS_FILE,
  queryAnswerHead,
  queryTablesMessage,
  type QueryChildMessage,
  type FailingRowsCommand,
  type QueryCommand,
  type QueryParentMessage,
} from './child-ipc/query-ipc.ts';
export type { RunActionResponse } from './http/run-action.ts';
export {
  type FailingRows,
  pipelineTests,
  runQuality,
  testHistory,
  type PipelineTest,
  type PipelineTests,
  type AuditAnswer,
  type CreateTestAnswer,
  type QualityHistoryEntry,
  type QualityResultResponse,
  type RunQuality,
  type TestHistory,
} from './http/quality.ts';
export {
  endEvent,
  phaseMark,
  progressFigures,
  runLogs,
  statusEvent,
  type EndEvent,
  type LogLine,
  type PhaseMark,
  type ProgressFigures,
  type StatusEvent,
} from './http/run-logs.ts';
export {
  cancelRunAnswer,
  createRunAnswer,
  runDetail,
  runList,
  runSummary,
  type CancelRunAnswer,
  type CreateRunAnswer,
  type RunAttemptResponse,
  type RunDetail,
  type RunList,
  type RunSummary,
} from './http/run.ts';
export {
  SCHEMA_TABLES_MAX,
  tableDetail,
  tableList,
  type DeletePipelineAnswer,
  type DescribedTable,
  type DropTableAnswer,
  type DroppedFacts,
  type TableAnswer,
  type TableDetail,
  type TableList,
  type TablePage,
  type TableSchemas,
  type TableSummary,
  type UndropTableAnswer,
} from './http/table.ts';
export { whyNot, type WhyNot } from './http/why-not.ts';
export type { CausedBy } from './http/caused-by.ts';
export { runCauses, type RunCauses } from './http/run-causes.ts';
export { runSql, type RunSqlAnswer } from './http/run-sql.ts';
export type { DifferentRow, TableDiff } from './http/table-diff.ts';
export { columnProfile, type ColumnProfile, type TableProfile } from './http/table-profile.ts';
export type { PoolList } from './http/pool.ts';
export { runnerList, type DrainRunnerAnswer, type RunnerList } from './http/runner.ts';
export type { RerunRunsAnswer } from './http/rerun.ts';
export type { AutomationFile } from './http/automation.ts';
export {
  firingList,
  nextTimes,
  runScheduleAnswer,
  schedule,
  scheduleList,
  schedulePreview,
  type FiringAnswer,
  type FiringList,
  type NextTimes,
  type PutScheduleBody,
  type RunScheduleAnswer,
  type ScheduleAnswer,
  type ScheduleList,
  type SchedulePreview,
} from './http/schedule.ts';
export {
  storedTriggerConfig,
  trigger,
  TRIGGER_CONFIGS,
  triggerList,
  TYPED_CONFIGS,
  typedTrigger,
  typedTriggerList,
  type CreateTriggerBody,
  type PutTriggerBody,
  type RunTriggerAnswer,
  type TriggerAnswer,
  type TriggerList,
  type TypedTrigger,
  type TypedTriggerList,
  type WrittenTrigger,
} from './http/trigger.ts';
export {
  deliveryAnswer,
  firedWebhook,
  type DeliveryAnswer,
  type FiredWebhook,
} from './http/webhook.ts';
export { searchAnswer, type SearchAnswer } from './http/search.ts';
export { runStats, type RunStatsAnswer } from './http/run-stats.ts';
export {
  runTicket,
  ticketId,
  ticketProgress,
  ticketResult,
  type RunTicket,
  type TicketProgress,
  type TicketResult,
} from './messages/ticket.ts';
export { runWhy, type RunWhy, type WaitReasonResponse } from './http/why.ts';
export {
  ADMIN_NAME,
  type CreateTokenAnswer,
  type TokenAnswer,
  type TokenList,
} from './http/token.ts';
export type { ViewAnswer, ViewList } from './http/saved-view.ts';
export type { EndedSessions, SessionAnswer, StreamTicketAnswer } from './http/session.ts';
export type { Access, Operation, ParamName } from './operations/operation.ts';
export type { AnswerOf, BodyOf, ParamOf, QueryOf } from './operations/client-types.ts';
export { OPERATIONS, type OperationId } from './operations/operations.ts';
