/**
 * Turns a pipeline's files into a validated definition, and its template into SQL.
 *
 * Promises: every accepted definition compiles. A refusal lists the position of every mistake.
 * Compiled SQL names inputs and never paths. Every template ends within bounded time and memory.
 * Refuses to know: Postgres, DuckDB, the location of tables and landing zones.
 * Fails: with `UnprocessableError` for invalid content, `InputError` for a folder that is not one of
 * pipelines, `TemplateError` for a template that does not render.
 *
 * @example
 * const definer = openDefiner();
 * const { config, sql } = await definer.define({ ref, sql: 'SELECT 1 AS n' });
 * const compiled = compileInTime(sql, { pipeline: ref, runStartedAt, isIncremental: false });
 */
export {
  BuiltInTestError,
  builtInTestRef,
  compileBuiltInTest,
  type BuiltInTestContext,
} from './compile-built-in-test.ts';
export { compileInTime } from './compile-in-time.ts';
export {
  findCall,
  landingZoneVariable,
  type CompiledTemplate,
  type TemplateContext,
} from './compile-template.ts';
export { contentHash } from './content-hash.ts';
export {
  toDefinition,
  unprocessable,
  type InspectedPipeline,
  type PipelineSource,
} from './define-pipeline.ts';
export { isTestSql } from './define-quality-test.ts';
export {
  diffFiles,
  diffVersions,
  versionFiles,
  type FileDiff,
  type SettingChange,
  type VersionContent,
  type VersionDiff,
} from './diff-versions.ts';
export { kindsOfRun, type KindOfRun } from './kinds-of-run.ts';
export { listInputs } from './list-inputs.ts';
export { listTests, type PipelineTestDefinition } from './list-tests.ts';
export { unknownKey } from './nearest-key.ts';
export { parseAutomation, placeInAutomation, type Automation } from './parse-automation.ts';
export { placeSettings } from './place-settings.ts';
export { openDefiner, type PipelineDefiner } from './open-definer.ts';
export { readPipelineFiles } from './read-pipeline-files.ts';
export { setInConfigText } from './set-in-config-text.ts';
export { keptConfigText, sharesConfigText, toSource } from './source-content.ts';
export {
  AUTOMATION_FILE,
  findSourceFile,
  removeSourceFile,
  toFiles,
  writeSourceFile,
  type SourceFile,
  type WritableFile,
} from './source-files.ts';
export { TemplateError } from './template-error.ts';
export { writeYaml } from './write-yaml.ts';
