import type { QualityTest } from '@rat/contracts';
import { pipelineConfig, qualityTest } from '@rat/contracts/children';
import type { Issue, ParamSpecs, PipelineRef } from '@rat/domain';
import { z } from 'zod';
import { checkTemplate, type NamedInputs } from './check-template.ts';
import { parseAnnotations } from './parse-annotations.ts';
import { parseValue } from './parse-value.ts';
import { readFields } from './read-fields.ts';
import type { RenderBudget } from './render-budget.ts';

/** A quality test as its author wrote it. */
export type QualityTestSource = z.input<typeof qualityTest>;

/** Splits `a, b`, with or without the brackets of a list. */
function toTags(text: unknown): unknown {
  if (typeof text !== 'string') return text;
  const list = text.replace(/^\[(.*)\]$/, '$1').split(',');
  return list.map((tag) => tag.trim()).filter((tag) => tag !== '');
}

/** The annotations of a test. `warning` is a common spelling of `warn`. */
const testAnnotations = z.object({
  severity: z
    .preprocess((text) => (text === 'warning' ? 'warn' : text), z.enum(['error', 'warn']))
    .optional(),
  description: qualityTest.shape.description,
  tags: z.preprocess(toTags, qualityTest.shape.tags),
  remediation: qualityTest.shape.remediation,
});

const TEST_KEYS = Object.keys(testAnnotations.shape);
const PIPELINE_KEYS = Object.keys(pipelineConfig.shape);

/**
 * Whether a text is that of a quality test, and not of a pipeline: all its annotations are those of
 * tests, and at least one of them is none of pipelines.
 *
 * @example
 * isTestSql('-- @severity: warn\nSELECT 1'); // true
 */
export function isTestSql(sql: string): boolean {
  const keys = parseAnnotations(sql)
    .filter(({ key, isLoose }) => isLoose !== true || TEST_KEYS.includes(key))
    .map(({ key }) => key);
  const isOfTests = keys.every((key) => TEST_KEYS.includes(key));
  return isOfTests && keys.some((key) => !PIPELINE_KEYS.includes(key));
}

/** The settings that the SQL of a test makes; those with a mistake are left out. */
export function annotatedSettings(sql: string): Partial<z.infer<typeof testAnnotations>> {
  const known = parseAnnotations(sql).filter(({ key }) => TEST_KEYS.includes(key));
  return readFields(known, testAnnotations, '', []);
}

/** What a test is checked with, and where the findings are collected. */
export interface TestSurroundings {
  issues: Issue[];
  budget: RenderBudget;
  params: ParamSpecs;
  /** Gets what the tests name. */
  inputs: NamedInputs;
}

/**
 * Validates one test; annotations override single fields. On a mistake returns undefined and adds
 * to `issues`. The inputs that its template names are added in any case.
 */
export function defineQualityTest(
  source: QualityTestSource,
  pipeline: PipelineRef,
  { issues, budget, params, inputs }: TestSurroundings,
): QualityTest | undefined {
  const path = `quality_tests.${source.name}`;
  const annotations = parseAnnotations(source.sql);
  const annotated = readFields(annotations, testAnnotations, path, issues);
  const keys = TEST_KEYS;
  const checked = { path: `${path}.sql`, pipeline, annotations, keys, budget, params };
  const { refs, landingZones } = checkTemplate(source.sql, checked, issues);
  inputs.refs.push(...refs);
  inputs.landingZones.push(...landingZones);

  const said = Object.entries(annotated).filter(([, value]) => value !== undefined);
  const parsed = parseValue(qualityTest, { ...source, ...Object.fromEntries(said) });
  if (parsed.ok) return parsed.value;
  for (const mistake of parsed.mistakes) {
    issues.push({ path: [path, ...mistake.path].join('.'), message: mistake.message });
  }
  return undefined;
}
