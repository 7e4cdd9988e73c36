import type { PipelineConfig, QualityTest } from '@rat/contracts';
import { pipelineConfig } from '@rat/contracts/children';
import { z } from 'zod';
import { canonicalJson } from './content-hash.ts';
import { annotatedSettings } from './define-quality-test.ts';
import { parseAnnotations } from './parse-annotations.ts';
import { readFields } from './read-fields.ts';
import { writeConfigYaml } from './write-config-yaml.ts';

/** The content of a draft or a version, as it is stored. */
export interface StoredContent {
  sql: string;
  config: unknown;
  qualityTests: unknown;
  /** `config.yaml` as its author wrote it. */
  configYaml?: string | undefined;
}

/** A quality test as its author wrote it; the settings are those that its SQL does not make. */
export interface SourceTest extends Record<string, unknown> {
  name: string;
  sql: string;
}

/** The content of a pipeline as its files hold it: no setting of an annotation stands elsewhere too. */
export interface SourceContent {
  sql: string;
  config: Record<string, unknown>;
  configYaml?: string | undefined;
  qualityTests: SourceTest[];
}

const settings = z.record(z.string(), z.unknown()).catch({});
const tests = z.array(z.looseObject({ name: z.string(), sql: z.string() })).catch([]);

/** The settings of a test that hold without being set. */
const TEST_DEFAULTS: Partial<QualityTest> = { severity: 'error' };

/**
 * Separates what annotations set from what the other files set. A stored version has both in one
 * place. An annotation that is removed later must take its setting with it.
 */
export function toSource({ sql, config, qualityTests, configYaml }: StoredContent): SourceContent {
  return {
    sql,
    config: fileSettings(settings.parse(config), sql),
    configYaml,
    qualityTests: tests.parse(qualityTests).map(({ name, sql: testSql, ...rest }) => ({
      name,
      sql: testSql,
      ...without(without(rest, TEST_DEFAULTS), annotatedSettings(testSql)),
    })),
  };
}

/**
 * The text of a `config.yaml`, if it must be kept: undefined when it is what would be made from the
 * settings anyway. `config` are the settings of the text and of the annotations of `sql`.
 */
export function keptConfigText(
  text: string,
  { config, sql }: { config: PipelineConfig; sql: string },
): string | undefined {
  return writeConfigYaml(fileSettings(config, sql)) === text ? undefined : text;
}

/**
 * Whether the `config.yaml` of one content is also right for the other: their settings are the same,
 * and so are those among them that annotations make.
 */
export function sharesConfigText(
  one: { config: unknown; sql: string },
  other: { config: unknown; sql: string },
): boolean {
  const [mine, theirs] = [one, other].map(({ config, sql }) =>
    canonicalJson([settings.parse(config), annotatedConfig(sql)]),
  );
  return mine === theirs;
}

function annotatedConfig(sql: string): Partial<PipelineConfig> {
  const keys = Object.keys(pipelineConfig.shape);
  const known = parseAnnotations(sql).filter(({ key }) => keys.includes(key));
  return readFields(known, pipelineConfig, 'sql', []);
}

function fileSettings(config: Record<string, unknown>, sql: string): Record<string, unknown> {
  // Scanning a long SQL text is not needed when there is nothing to compare with.
  if (Object.keys(config).length === 0) return {};
  return without(config, annotatedConfig(sql));
}

/** The fields that are set, and not to the same value in `other`. */
function without(fields: Record<string, unknown>, other: object): Record<string, unknown> {
  const theirs = new Map<string, unknown>(Object.entries(other));
  const kept = Object.entries(fields).filter(
    ([key, value]) =>
      value !== undefined &&
      !(theirs.has(key) && canonicalJson(value) === canonicalJson(theirs.get(key))),
  );
  return Object.fromEntries(kept);
}
