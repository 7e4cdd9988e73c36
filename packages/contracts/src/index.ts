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
  columnsOf,
  type BuiltInCheck,
  type BuiltInTest,
} from './pipeline-files/built-in-test.ts';
export {
  requestedBy,
  type CancelPlanAnswer,
  type CancelRunBody,
  type CancelRunsAnswer,
} from './http/cancel.ts';
export { errorEnvelope, poolName, type ErrorEnvelope } from './common.ts';
export {
  compactChildMessage,
  compactCommand,
  type CompactChildMessage,
  type CompactCommand,
} from './child-ipc/compact-ipc.ts';
export type { CreateRunBody } from './http/create-run.ts';
export {
  ARCHIVED_LOG_METHOD,
  archivedLogRequest,
  archivedRow,
  formatArchivedRow,
  peekArchivedRow,
  type ArchivedLogRequest,
} from './runner-api/archived-log.ts';
export {
  RUNNER_METHODS,
  isRunnerMethod,
  type RunnerResponse,
  type RunnerRequest,
  type RunnerMethod,
} from './runner-api/runner-methods.ts';
export {
  runnerApiError,
  fromRunnerApiError,
  toRunnerApiError,
} from './runner-api/runner-api-error.ts';
export {
  childMessage,
  parentMessage,
  type ChildMessage,
  type ExecuteCommand,
  type ExecutorLog,
  type ExecutorPhase,
  type ExecutorProgress,
  type ExecutorQuality,
  type InputsAnswer,
  type ParentMessage,
} from './child-ipc/executor-ipc.ts';
export {
  readiness,
  SANDBOX_LEVELS,
  type Liveness,
  type Readiness,
  type SandboxLevel,
} from './http/health.ts';
export { runHint, type RunHint } from './messages/hint.ts';
export {
  landingFileName,
  UPLOAD_METHOD,
  uploadedFile,
  uploadQuery,
  uploadRequest,
  type UploadedFile,
  type UploadRequest,
} from './http/landing.ts';
export {
  LOG_LIMIT_MAX,
  type ListRunsQuery,
  type RunEventsQuery,
  type RowFormat,
  type RunLogsQuery,
} from './http/list-queries.ts';
export { ROW_MEDIA_TYPES } from './http/query.ts';
export {
  maintenanceAnswer,
  maintenanceReport,
  type MaintenanceAnswer,
  type MaintenanceReport,
} from './http/maintenance.ts';
export { mergeConfig, mergeConfigIssues, type MergeConfig } from './pipeline-files/merge-config.ts';
export { partitionByIssues } from './pipeline-files/partition-by.ts';
export {
  pipelineConfig,
  putPipelineBody,
  qualityTest,
  type PipelineConfig,
  type PutPipelineBody,
  type QualityTest,
} from './pipeline-files/pipeline-files.ts';
export {
  pipelineDetail,
  pipelineList,
  putPipelineAnswer,
  type PipelineDetail,
  type PipelineList,
  type PipelineSummary,
  type PutPipelineAnswer,
} from './http/pipeline.ts';
export {
  queryChildMessage,
  queryParentMessage,
  QUERY_ROWS_FILE,
  queryAnswerHead,
  queryTablesMessage,
  type QueryChildMessage,
  type QueryCommand,
} from './child-ipc/query-ipc.ts';
export type { RunActionResponse } from './http/run-action.ts';
export {
  pipelineTests,
  runQuality,
  testHistory,
  type PipelineTest,
  type PipelineTests,
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
  tableDetail,
  tableList,
  type DeletePipelineAnswer,
  type DropTableAnswer,
  type DroppedFacts,
  type TableDetail,
  type TableList,
  type TableMetadata,
  type TableSummary,
  type UndropTableAnswer,
} from './http/table.ts';
export type { DifferentRow, TableDiff } from './http/table-diff.ts';
export { columnProfile, type ColumnProfile, type TableProfile } from './http/table-profile.ts';
export { runnerList, type DrainRunnerAnswer, type RunnerList } from './http/runner.ts';
export { runTicket, ticketId, type RunTicket } from './messages/ticket.ts';
export { runWhy, type RunWhy, type WaitReasonResponse } from './http/why.ts';
export type { Operation, ParamName } from './operations/operation.ts';
export { OPERATIONS, type OperationId } from './operations/operations.ts';
