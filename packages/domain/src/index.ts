/**
 * The vocabulary and the rules of a run, as pure code.
 *
 * Promises: every decision about a run (which transition is allowed, whether a failure is retried,
 * how an outcome settles) is a pure function here. Time, ids and random numbers are arguments.
 * Refuses to know: Postgres, Redis, HTTP, DuckDB, files, the clock.
 * Fails: by returning a value of a union. Other rooms throw the errors that are defined here.
 *
 * @example
 * const settlement = decideSettlement({ kind: 'failure', failure }, facts);
 * if (settlement.kind === 'retry') scheduleRetry(settlement.delayMs);
 * else await settle(runId, settlement);
 */
export { chooseTurn, type WaitingNamespace } from './choose-turn.ts';
export { canHold, COLUMN_TYPES, parseColumnType, type Column } from './column-type.ts';
export {
  ConflictError,
  ForbiddenError,
  InputError,
  LimitError,
  NotFoundError,
  PreconditionError,
  QuotaError,
  TimedOutError,
  UnauthenticatedError,
  UnavailableError,
  UnprocessableError,
  UnusableFilesError,
  type ContentSide,
  type Issue,
} from './errors.ts';
export {
  draftTag,
  holdsPrecondition,
  parseVersionTag,
  versionTag,
  type Precondition,
} from './content-tag.ts';
export type { ExecutedSql, ExecutedStatement } from './executed-sql.ts';
export { explainWait, type WaitFacts, type WaitReason } from './explain-wait.ts';
export { QUOTA_NAMES, type QuotaName, type QuotaUse, type Quotas } from './quota.ts';
export { FAILURE_CODES, type Failure, type FailureCode } from './failure.ts';
export { decideEmptyZone, ON_EMPTY, type OnEmpty, type ZoneReading } from './landing-zone.ts';
export {
  findLoops,
  sliceLineage,
  sourcesOf,
  spreadStaleness,
  toLineageGraph,
  type LineageGraph,
  type LineageInput,
  type LineagePipeline,
} from './lineage/lineage-graph.ts';
export type { PipelineInput } from './lineage/pipeline-input.ts';
export {
  advanceGroup,
  NODE_STATES,
  planGroup,
  type GroupNode,
  type GroupScope,
  type NodeState,
  type PlannedNode,
} from './lineage/run-group.ts';
export { LOG_LEVELS, type LogLevel } from './log-level.ts';
export {
  BATCH,
  CHANGES,
  columnList,
  EXISTING,
  FILE,
  ORDINAL,
} from './merge-strategies/merge-sql.ts';
export {
  comparesRows,
  MERGE_STRATEGIES,
  STRATEGIES,
  type MergeStrategy,
} from './merge-strategies/strategies.ts';
export {
  IS_CURRENT,
  MERGE_SETTINGS,
  type ChangePlan,
  type MergeInput,
  type MergeSetting,
  type VersionColumns,
} from './merge-strategies/strategy.ts';
export {
  findParamProblem,
  findParamProblems,
  PARAM_TYPES,
  paramLiteral,
  type ParamSpec,
  type ParamSpecs,
  type ParamType,
  type ParamValue,
  type ParamValues,
} from './param.ts';
export { PHASES, type Phase, type PhaseRecord } from './phase.ts';
export {
  DEFAULT_NAMESPACE,
  formatRef,
  isLayer,
  isReservedNamespace,
  isSlug,
  LAYERS,
  parseRef,
  SLUG_MAX_LENGTH,
  SLUG_PATTERN,
  type Layer,
  type PipelineRef,
} from './pipeline-ref.ts';
export { includesNamespaces, intersectNamespaces, type NamespaceSet } from './namespace-set.ts';
export { includesRole, ROLES, type Principal, type Role } from './principal.ts';
export {
  isAdminOfAll,
  mayChangeView,
  ownsView,
  VIEW_SCREENS,
  type ViewRights,
  type ViewScreen,
  type ViewUser,
} from './saved-view.ts';
export {
  QUALITY_SEVERITIES,
  QUALITY_STATUSES,
  type QualityResult,
  type QualitySample,
  type QualitySeverity,
  type QualityStatus,
} from './quality.ts';
export { distinctNames, rowObjects } from './row-objects.ts';
export {
  ATTEMPT_OUTCOMES,
  RUN_KINDS,
  RUN_SORT_FIELDS,
  type CancelPhase,
  type CancelReceipt,
  type MaintenanceReport,
  type Run,
  type RunAttempt,
  type RunFailure,
  type RunKind,
  type RunOverrides,
  type RunSortField,
} from './run.ts';
export {
  dispositionOf,
  RUN_ACTIONS,
  RUN_DISPOSITIONS,
  type RunAction,
  type RunActionKind,
  type RunDisposition,
} from './run-action.ts';
export {
  applyRetention,
  decideRetention,
  PIPELINE_RETENTION_KEYS,
  RETENTION_DEFAULTS,
  RETENTION_KEYS,
  SYSTEM_RETENTION_KEYS,
  type RetentionChoice,
  type RetentionConfig,
  type RetentionKey,
} from './retention.ts';
export { runBranch } from './run-branch.ts';
export {
  isTerminal,
  RUN_STATUSES,
  TERMINAL_STATUSES,
  type RunStatus,
  type TerminalStatus,
} from './run-status.ts';
export { RUN_TRANSITIONS } from './run-transitions.ts';
export {
  CATCH_UPS,
  decideFirings,
  decideOverlap,
  delayOf,
  FIRING_OUTCOMES,
  INTERVAL_MODES,
  MANAGERS,
  OVERLAPS,
  type CatchUp,
  type FiringOutcome,
  type FiringPlan,
  type FiringReason,
  type FiringSource,
  type IntervalMode,
  type Manager,
  type Overlap,
  type PlannedTime,
  type ScheduleSettings,
} from './schedule.ts';
export { scrubLogText } from './scrub-log-text.ts';
export { scrubPaths } from './scrub-paths.ts';
export { decideSettlement, type AttemptOutcome, type Settlement } from './settle.ts';
export { quoteIdentifier, quoteText } from './sql-text.ts';
export {
  explainNotRun,
  NOT_RUN_VERDICTS,
  type NotRunReason,
  type ScheduleFacts,
  type TriggerFacts,
} from './explain-not-run.ts';
export { namespaceOfCause, walkCauses } from './walk-causes.ts';
export {
  decideTrigger,
  descend,
  fireTime,
  isLoop,
  type Ancestry,
  type InputNews,
  type MatchRule,
  type TriggerMarks,
} from './decide-trigger.ts';
export { findCycle } from './find-cycle.ts';
export type { WebhookConfig } from './trigger-settings.ts';
export { TEMPLATE_WORDS, type TemplateWordName } from './template-words.ts';
export { triggerLabel, type Trigger } from './trigger.ts';
export {
  inputsOf,
  MATCHES,
  PER,
  SIGNATURE_ALGORITHMS,
  SIGNATURE_ENCODINGS,
  TRIGGER_KINDS,
  upstreamsOf,
  VERIFICATIONS,
  type CronTime,
  type FiringCause,
  type DependencyConfig,
  type TriggerConfig,
  type UploadConfig,
  type TriggerKind,
  type TriggerSettings,
} from './trigger-settings.ts';
export {
  findHiddenInLine,
  findHiddenInText,
  hasVisibleText,
  landingNameProblem,
} from './visible-text.ts';
