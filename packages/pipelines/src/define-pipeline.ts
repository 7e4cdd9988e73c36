import {
  builtInTestName,
  mergeConfigIssues,
  partitionByIssues,
  pipelineConfig,
  type PipelineConfig,
  type QualityTest,
} from '@rat/contracts';
import { formatRef, UnprocessableError, type Issue, type PipelineRef } from '@rat/domain';
import { checkTemplate, OutOfTimeError } from './check-template.ts';
import { parseAnnotations } from './parse-annotations.ts';
import { defineQualityTest, type QualityTestSource } from './define-quality-test.ts';
import { readFields } from './read-fields.ts';
import { RenderBudget } from './render-budget.ts';

/** A pipeline as its author wrote it, from a request or from files. */
export interface PipelineSource {
  ref: PipelineRef;
  sql: string;
  /** The parsed content of `config.yaml`; undefined when there is none. */
  config?: unknown;
  qualityTests?: readonly QualityTestSource[] | undefined;
}

/** The common time limit of all templates of one pipeline. */
export const TIMEOUT_MS = 2_000;

export interface DefineOptions {
  timeoutMs?: number;
  /** The processor time that this thread has used, where the system provides it. */
  usedMs?: () => number | undefined;
  /** Called with the path of each template before it is checked. */
  onPath?: (path: string) => void;
}

/** A valid pipeline: its configuration is complete, and every template compiles. */
export interface PipelineDefinition {
  ref: PipelineRef;
  /** The template as the author wrote it, annotations included. */
  sql: string;
  /** The fields of the file; annotations override single fields. */
  config: PipelineConfig;
  qualityTests: QualityTest[];
}

/**
 * Validates a whole pipeline. Throws UnprocessableError that lists every mistake. An unknown key is
 * a mistake too, because a misspelled key must not silently select the default.
 */
export function definePipeline(
  source: PipelineSource,
  { timeoutMs = TIMEOUT_MS, usedMs, onPath = () => undefined }: DefineOptions = {},
): PipelineDefinition {
  const budget = new RenderBudget(timeoutMs, usedMs);
  const issues: Issue[] = [];
  try {
    return define(source, issues, { budget, onPath });
  } catch (error) {
    if (!(error instanceof OutOfTimeError)) throw error;
    throw unprocessable(source.ref, [tooSlow(error.path, timeoutMs), ...issues]);
  }
}

/** The issue for the template that was rendering when the pipeline's time limit expired. */
export function tooSlow(path: string, timeoutMs = TIMEOUT_MS): Issue {
  const message = `the template did not end in time: all templates of a pipeline together may take ${timeoutMs / 1000} s`;
  return { path, message };
}

function define(
  source: PipelineSource,
  issues: Issue[],
  { budget, onPath }: { budget: RenderBudget; onPath: (path: string) => void },
): PipelineDefinition {
  const { ref, sql } = source;
  const fromFile = readConfigFile(source.config, issues);
  onPath('sql');
  const annotations = parseAnnotations(sql);
  const annotated = readFields(annotations, pipelineConfig, 'sql', issues);
  const config = { ...fromFile, ...annotated };
  // Checks the strategy's required keys last: an invalid key may be why one is missing.
  if (issues.length === 0) issues.push(...mergeIssues(config), ...inexactValues(config));
  const keys = Object.keys(pipelineConfig.shape);
  checkTemplate(sql, { path: 'sql', pipeline: ref, annotations, keys, budget }, issues);
  const qualityTests = defineTests(source.qualityTests ?? [], ref, (test) => {
    onPath(`quality_tests.${test.name}.sql`);
    return { issues, budget };
  });
  refuseNamesTwice(config, qualityTests, issues);

  if (issues.length > 0) throw unprocessable(ref, issues);
  return { ref, sql, config, qualityTests };
}

function mergeIssues(config: PipelineConfig): Issue[] {
  const found = [...mergeConfigIssues(config), ...partitionByIssues(config)];
  return found.map(({ key, message }) => ({ path: `config.${key}`, message }));
}

/** JSON numbers are exact up to 2^53; beyond that, the test would compare another number. */
function inexactValues({ tests = [] }: PipelineConfig): Issue[] {
  const message = 'has more digits than a number keeps: write it as text, in quotes';
  return tests.flatMap(({ accepted_values: accepted }, test) =>
    (accepted?.values ?? []).flatMap((value, index) =>
      Number.isInteger(value) && !Number.isSafeInteger(value)
        ? [{ path: `config.tests.${test}.accepted_values.values.${index}`, message }]
        : [],
    ),
  );
}

/** Returns the valid fields of a configuration; adds the mistakes to `issues`. */
export function readConfigFile(config: unknown, issues: Issue[]): PipelineConfig {
  if (config === undefined || config === null) return {};
  if (typeof config !== 'object' || Array.isArray(config)) {
    issues.push({ path: 'config', message: 'must be a mapping of keys to values' });
    return {};
  }
  // Undefined fields count as absent; null is YAML's value for a key without a value.
  const fields = Object.entries(config)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => ({ key, value: value === null ? undefined : value }));
  return readFields(fields, pipelineConfig, 'config', issues);
}

function defineTests(
  sources: readonly QualityTestSource[],
  ref: PipelineRef,
  begin: (test: QualityTestSource) => { issues: Issue[]; budget: RenderBudget },
): QualityTest[] {
  const seen = new Set<string>();
  const tests: QualityTest[] = [];
  for (const source of sources) {
    const { issues, budget } = begin(source);
    if (seen.has(source.name)) {
      issues.push({ path: `quality_tests.${source.name}`, message: 'another test has this name' });
    }
    seen.add(source.name);
    const test = defineQualityTest(source, ref, { issues, budget });
    if (test) tests.push(test);
  }
  return tests;
}

/** Results are stored by the name of their test, so all tests need distinct names. */
function refuseNamesTwice(
  { tests = [] }: PipelineConfig,
  qualityTests: readonly QualityTest[],
  issues: Issue[],
): void {
  const seen = new Set(qualityTests.map((test) => test.name));
  for (const [index, test] of tests.entries()) {
    const name = builtInTestName(test);
    if (seen.has(name)) {
      const message = `another test is called ${name}: give one of them a name`;
      issues.push({ path: `config.tests.${index}`, message });
    }
    seen.add(name);
  }
}

export function unprocessable(ref: PipelineRef, issues: readonly Issue[]): UnprocessableError {
  const [first] = issues;
  const place = first?.line === undefined ? '' : ` (line ${first.line})`;
  const more = issues.length > 1 ? `, and ${issues.length - 1} more` : '';
  return new UnprocessableError(
    `pipeline ${formatRef(ref)}: ${first?.path}${place}: ${first?.message}${more}`,
    issues,
  );
}
