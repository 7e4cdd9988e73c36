import {
  builtInTestName,
  mergeConfigIssues,
  partitionByIssues,
  pipelineConfig,
  type PipelineConfig,
  type QualityTest,
} from '@rat/contracts';
import {
  formatRef,
  TEMPLATE_WORDS,
  UnprocessableError,
  type Issue,
  type PipelineRef,
} from '@rat/domain';
import { checkTemplate, OutOfTimeError, type NamedInputs } from './check-template.ts';
import { parseAutomation, type Automation } from './parse-automation.ts';
import { parseAnnotations, type Annotation } from './parse-annotations.ts';
import { parseConfigYaml } from './parse-config-yaml.ts';
import type { SourcePlace } from './source-map.ts';
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
  /**
   * Whether a mistake that several settings make together has the path and the place of the
   * annotation that makes it: for an editor. Otherwise its path is `config.<key>`.
   */
  placesSettings?: boolean;
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
  // Checks the strategy's required keys last: an invalid key may be why one is missing.
  if (issues.length === 0) {
    const merge = [...mergeIssues(found.config), ...inexactValues(found.config)];
    const { placesSettings = false } = source;
    const place = (issue: Issue): Issue => withPlace(issue, file.placeOf, annotations);
    issues.push(...(placesSettings ? merge.map(place) : merge));
  }
  const keys = Object.keys(pipelineConfig.shape);
  const params = found.config.params ?? {};
  const where = { path: 'sql', pipeline: ref, annotations, keys, budget, params };
  found.inputs = checkTemplate(sql, where, issues);
  found.qualityTests = defineTests(source.qualityTests ?? [], ref, (test) => {
    onPath(`quality_tests.${test.name}.sql`);
    return { issues, budget, params, inputs: found.testInputs };
  });
  refuseNamesTwice(found.config, found.qualityTests, issues);
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

/**
 * Adds to an issue of a setting the place where the annotation or the text of `config.yaml` makes
 * it. An issue of anything else stays as it is.
 *
 * @example
 * placeSetting({ path: 'config.unique_key', message: 'no such column' }, { sql, config });
 */
export function placeSetting(
  issue: Issue,
  { sql, config }: Pick<PipelineSource, 'sql' | 'config'>,
): Issue {
  if (!issue.path.startsWith('config.') || issue.line !== undefined) return issue;
  const { placeOf } = readConfig(config, []);
  return withPlace(issue, placeOf, parseAnnotations(sql));
}

interface ConfigFile {
  config: PipelineConfig;
  /** The place of a key in the text; always undefined for a configuration that is no text. */
  placeOf: (key: string) => SourcePlace | undefined;
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
  for (const issue of found) issues.push({ ...issue, ...placeOf(keyOf(issue)) });
  return { config: fields, placeOf };
}

/** `config.tests.0` → `tests`. */
function keyOf({ path }: Issue): string {
  return path.replace(/^config\./, '').split('.', 1)[0] ?? '';
}

/**
 * Adds where the file or an annotation sets the key of an issue; for a missing key, where the merge
 * strategy that needs it is set.
 */
function withPlace(
  issue: Issue,
  placeOf: ConfigFile['placeOf'],
  annotations: readonly Annotation[],
): Issue {
  for (const key of [keyOf(issue), 'merge_strategy']) {
    const annotation = annotations.find((one) => one.key === key);
    if (annotation !== undefined) {
      const { line, column } = annotation;
      const named = `${keyOf(issue)}: `;
      const message = issue.message.startsWith(named) ? issue.message : named + issue.message;
      return { ...issue, path: `sql:@${key}`, message, line, column };
    }
    const place = placeOf(key);
    if (place === undefined) continue;
    const isSet = key === keyOf(issue);
    const message = isSet ? issue.message : `${keyOf(issue)}: ${issue.message}`;
    return { ...issue, message, ...place };
  }
  return issue;
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
