import type { PipelineConfig, QualityTest } from '@rat/contracts';
import {
  builtInTestName,
  mergeConfigIssues,
  partitionByIssues,
  pipelineConfig,
} from '@rat/contracts/children';
import {
  formatRef,
  TEMPLATE_WORDS,
  UnprocessableError,
  type Issue,
  type PipelineRef,
} from '@rat/domain';
import { checkTemplate, OutOfTimeError, type NamedInputs } from './check-template.ts';
import { parseAutomation, type Automation } from './parse-automation.ts';
import { parseAnnotations } from './parse-annotations.ts';
import { parseConfigYaml } from './parse-config-yaml.ts';
import { hasKey, pathOf, placeSetting, type WrittenSettings } from './place-settings.ts';
import {
  defineQualityTest,
  type QualityTestSource,
  type TestSurroundings,
} from './define-quality-test.ts';
import { readFields } from './read-fields.ts';
import { RenderBudget } from './render-budget.ts';
import { insideOf, splitTemplate } from './split-template.ts';

/** A pipeline as its author wrote it, from a request or from files. */
export interface PipelineSource {
  ref: PipelineRef;
  sql: string;
  /** The parsed content of `config.yaml`; undefined when there is none. */
  config?: unknown;
  qualityTests?: readonly QualityTestSource[] | undefined;
  /** The text of `automation.yaml`, which is no part of the definition. */
  automationYaml?: string | undefined;
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

/** What is known of a pipeline that may have mistakes. */
export interface InspectedPipeline {
  /** The valid fields of the file and of the annotations. */
  config: PipelineConfig;
  /** The tests without mistakes. */
  qualityTests: QualityTest[];
  /** The inputs of the pipeline's own template, in any kind of run; without those of its tests. */
  inputs: NamedInputs;
  /** The inputs of its quality tests that are written in SQL; one of several tests is here several times. */
  testInputs: NamedInputs;
  /** The facts of a run that the pipeline's own template uses, such as `run_started_at`. */
  params: string[];
  /** Undefined without an `automation.yaml`, and when there are mistakes in it. */
  automation?: Automation | undefined;
  /** Every mistake. A setting that an annotation makes has the place of that annotation. */
  issues: Issue[];
}

/**
 * Validates a whole pipeline. Throws UnprocessableError that lists every mistake. An unknown key is
 * a mistake too, because a misspelled key must not silently select the default.
 */
export function definePipeline(
  source: PipelineSource,
  options: DefineOptions = {},
): PipelineDefinition {
  return toDefinition(source, inspect(source, options));
}

/** The definition of a pipeline without mistakes. Throws UnprocessableError otherwise. */
export function toDefinition(
  { ref, sql }: PipelineSource,
  { config, qualityTests, issues }: InspectedPipeline,
): PipelineDefinition {
  if (issues.length > 0) throw unprocessable(ref, issues);
  return { ref, sql, config, qualityTests };
}

/**
 * Finds everything about a pipeline that its files show, without refusing it. `config` may be the
 * text of a `config.yaml`; then the mistakes in it have their line and column.
 */
export function inspect(
  source: PipelineSource,
  { timeoutMs = TIMEOUT_MS, usedMs, onPath = () => undefined }: DefineOptions = {},
): InspectedPipeline {
  const budget = new RenderBudget(timeoutMs, usedMs);
  const found: InspectedPipeline = {
    config: {},
    qualityTests: [],
    inputs: { refs: [], landingZones: [] },
    testInputs: { refs: [], landingZones: [] },
    params: paramsOf(source.sql),
    issues: [],
  };
  try {
    define(source, found, { budget, onPath });
  } catch (error) {
    if (!(error instanceof OutOfTimeError)) throw error;
    found.issues.unshift(tooSlow(error.path, timeoutMs));
  }
  return found;
}

/** The issue for the template that was rendering when the pipeline's time limit expired. */
export function tooSlow(path: string, timeoutMs = TIMEOUT_MS): Issue {
  const message = `the template did not end in time: all templates of a pipeline together may take ${timeoutMs / 1000} s`;
  return { path, message };
}

function define(
  source: PipelineSource,
  found: InspectedPipeline,
  { budget, onPath }: { budget: RenderBudget; onPath: (path: string) => void },
): void {
  const { ref, sql } = source;
  const { issues } = found;
  const file = readConfig(source.config, issues);
  onPath('sql');
  const annotations = parseAnnotations(sql);
  const annotated = readFields(annotations, pipelineConfig, 'sql', issues);
  found.config = { ...file.config, ...annotated };
  const written = {
    annotations,
    placeOf: file.placeOf,
    isInFile: hasKey(source.config, file.placeOf),
  };
  const place = (issue: Issue): Issue => placeSetting(issue, written);
  // Checks the strategy's required keys last: an invalid key may be why one is missing.
  if (issues.length === 0) {
    issues.push(...[...mergeIssues(found.config), ...inexactValues(found.config)].map(place));
  }
  const keys = Object.keys(pipelineConfig.shape);
  const params = found.config.params ?? {};
  const where = { path: 'sql', pipeline: ref, annotations, keys, budget, params };
  found.inputs = checkTemplate(sql, where, issues);
  found.qualityTests = defineTests(source.qualityTests ?? [], ref, (test) => {
    onPath(`quality_tests.${test.name}.sql`);
    return { issues, budget, params, inputs: found.testInputs };
  });
  issues.push(...namesTwice(found.config, found.qualityTests).map(place));
  const { automationYaml } = source;
  if (automationYaml !== undefined) found.automation = parseAutomation(automationYaml, issues);
}

/** What a template can read of its run, besides its inputs. */
const RUN_FACTS = Object.keys(TEMPLATE_WORDS)
  .filter((word) => word !== 'ref' && word !== 'landing_zone')
  .toSorted();

function paramsOf(sql: string): string[] {
  const tags = splitTemplate(sql).filter(
    ({ kind }) => kind === 'expression' || kind === 'statement',
  );
  const code = tags.map((tag) => insideOf(sql, tag)).join('\n');
  return RUN_FACTS.filter((name) => new RegExp(`(?<![\\w.'"])${name}(?![\\w'"])`).test(code));
}

interface ConfigFile {
  config: PipelineConfig;
  placeOf: WrittenSettings['placeOf'];
}

function readConfig(config: unknown, issues: Issue[]): ConfigFile {
  if (typeof config !== 'string') {
    return { config: readConfigFile(config, issues), placeOf: () => undefined };
  }
  const { value, mistakes, placeOf } = parseConfigYaml(config);
  issues.push(...mistakes.map((mistake) => ({ path: 'config', ...mistake })));
  if (mistakes.length > 0) return { config: {}, placeOf };
  const found: Issue[] = [];
  const fields = readConfigFile(value, found);
  for (const issue of found) issues.push({ ...issue, ...placeOf(...pathOf(issue)) });
  return { config: fields, placeOf };
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
  begin: (test: QualityTestSource) => TestSurroundings,
): QualityTest[] {
  const seen = new Set<string>();
  const tests: QualityTest[] = [];
  for (const source of sources) {
    const where = begin(source);
    const { issues } = where;
    if (seen.has(source.name)) {
      issues.push({ path: `quality_tests.${source.name}`, message: 'another test has this name' });
    }
    seen.add(source.name);
    const test = defineQualityTest(source, ref, where);
    if (test) tests.push(test);
  }
  return tests;
}

/** Results are stored by the name of their test, so all tests need distinct names. */
function namesTwice({ tests = [] }: PipelineConfig, qualityTests: readonly QualityTest[]): Issue[] {
  const seen = new Set(qualityTests.map((test) => test.name));
  return tests.flatMap((test, index) => {
    const name = builtInTestName(test);
    const isTaken = seen.has(name);
    seen.add(name);
    const message = `another test is called ${name}: give one of them a name`;
    return isTaken ? [{ path: `config.tests.${index}`, message }] : [];
  });
}

/** The refusal of a pipeline, whose message names the first issue. */
export function unprocessable(ref: PipelineRef, issues: readonly Issue[]): UnprocessableError {
  const [first] = issues;
  const place = first?.line === undefined ? '' : ` (line ${first.line})`;
  const more = issues.length > 1 ? `, and ${issues.length - 1} more` : '';
  return new UnprocessableError(
    `pipeline ${formatRef(ref)}: ${first?.path}${place}: ${first?.message}${more}`,
    issues,
  );
}
