/*
 * The part of the contracts that a child process loads: its messages, and the files of a pipeline. The rest of the
 * contracts is left out, because its schemas take longer to make than a small query takes.
 */

export { builtInCheck, builtInTestName, columnsOf } from './pipeline-files/built-in-test.ts';
export { compactCommand } from './child-ipc/compact-ipc.ts';
export { parentMessage } from './child-ipc/executor-ipc.ts';
export { automationFile, FILE_TRIGGERS } from './http/automation.ts';
export { landingParentMessage } from './child-ipc/landing-ipc.ts';
export { mergeConfig, mergeConfigIssues } from './pipeline-files/merge-config.ts';
export { partitionByIssues } from './pipeline-files/partition-by.ts';
export { pipelineConfig, qualityTest } from './pipeline-files/pipeline-files.ts';
export { QUERY_ROWS_FILE, queryParentMessage } from './child-ipc/query-ipc.ts';
export { putScheduleBody } from './http/schedule.ts';
export { TRIGGER_CONFIGS } from './http/trigger.ts';
