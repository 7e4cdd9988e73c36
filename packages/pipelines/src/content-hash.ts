import { createHash } from 'node:crypto';
import type { PipelineConfig, QualityTest } from '@rat/contracts';

/** The parts of a definition that make up a version. */
export interface HashedContent {
  sql: string;
  config: PipelineConfig;
  qualityTests: readonly QualityTest[];
  /** `config.yaml` as its author wrote it, where that text is kept. */
  configYaml?: string | undefined;
}

/**
 * A SHA-256 (hex) of a pipeline's content. The order of keys and tests does not matter, nor whether
 * an optional field is absent or undefined.
 */
export function contentHash(content: HashedContent): string {
  const byName = (a: QualityTest, b: QualityTest): number => (a.name < b.name ? -1 : 1);
  const canonical = canonicalJson({
    sql: content.sql,
    config: content.config,
    quality_tests: content.qualityTests.toSorted(byName),
    config_yaml: content.configYaml,
  });
  return createHash('sha256').update(canonical).digest('hex');
}

/** JSON whose text does not depend on the order of keys; undefined fields are left out. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const fields = Object.entries(value)
    .filter(([, field]) => field !== undefined)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, field]) => `${JSON.stringify(key)}:${canonicalJson(field)}`);
  return `{${fields.join(',')}}`;
}
