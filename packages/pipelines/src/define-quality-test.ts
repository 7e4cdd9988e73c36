import { qualityTest, type QualityTest } from '@rat/contracts';
import type { Issue, PipelineRef } from '@rat/domain';
import { z } from 'zod';
import { checkTemplate } from './check-template.ts';
import { parseAnnotations } from './parse-annotations.ts';
import { readFields } from './read-fields.ts';

/** A quality test as its author wrote it. */
export type QualityTestSource = z.input<typeof qualityTest>;

/**
 * What a test's annotations may say. `tags` and `remediation` are for people who read the file; nothing acts on them.
 * `warning` is a common spelling of `warn`.
 */
const testAnnotations = z.object({
  severity: z
    .preprocess((text) => (text === 'warning' ? 'warn' : text), z.enum(['error', 'warn']))
    .optional(),
  description: qualityTest.shape.description,
  tags: z.string().optional(),
  remediation: z.string().optional(),
});

/** Validates one test; its annotations win field by field. Undefined, with `issues` longer, when it cannot be used. */
export function defineQualityTest(
  source: QualityTestSource,
  pipeline: PipelineRef,
  issues: Issue[],
): QualityTest | undefined {
  const path = `quality_tests.${source.name}`;
  const annotated = readFields(parseAnnotations(source.sql), testAnnotations, path, issues);
  checkTemplate(source.sql, { path: `${path}.sql`, pipeline }, issues);

  const parsed = qualityTest.safeParse({
    ...source,
    ...(annotated.severity === undefined ? {} : { severity: annotated.severity }),
    ...(annotated.description === undefined ? {} : { description: annotated.description }),
  });
  if (parsed.success) return parsed.data;
  for (const issue of parsed.error.issues) {
    issues.push({ path: [path, ...issue.path].join('.'), message: issue.message });
  }
  return undefined;
}
