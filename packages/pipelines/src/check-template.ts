import type { Issue, PipelineRef } from '@rat/domain';
import { compileTemplate } from './compile-template.ts';
import { TemplateError } from './template-error.ts';

/**
 * Renders a template as a run would, for a first run and for a later one, so that both sides of `is_incremental()`
 * are looked at. A mistake is appended to `issues` once.
 */
export function checkTemplate(
  template: string,
  where: { path: string; pipeline: PipelineRef },
  issues: Issue[],
): void {
  for (const isIncremental of [false, true]) {
    try {
      compileTemplate(template, {
        pipeline: where.pipeline,
        runStartedAt: '2000-01-01T00:00:00.000Z',
        isIncremental,
      });
    } catch (error) {
      if (!(error instanceof TemplateError)) throw error;
      issues.push({
        path: where.path,
        message: error.message,
        line: error.line,
        column: error.column,
      });
      return;
    }
  }
}
