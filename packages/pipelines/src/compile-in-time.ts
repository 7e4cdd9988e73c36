import {
  compileTemplate,
  type CompiledTemplate,
  type TemplateContext,
} from './compile-template.ts';
import { RenderBudget } from './render-budget.ts';
import { wasOutOfTime } from './render-template.ts';

/** The time limit of a whole PUT, of which this template was a part. */
const TIMEOUT_MS = 2_000;
const TRIES = 3;

/**
 * Compiles a template that a PUT has accepted, under one deadline. The time can also run out
 * because this process was frozen or waited for a processor, so it tries up to three times. Throws
 * TemplateError.
 *
 * @example
 * const { sql, refs, landingZones } = compileInTime(template, context);
 */
export function compileInTime(
  template: string,
  context: Omit<TemplateContext, 'budget'>,
  leftMs = Number.POSITIVE_INFINITY,
): CompiledTemplate {
  const endMs = performance.now() + leftMs;
  for (let tries = 1; ; tries += 1) {
    try {
      const budget = new RenderBudget(Math.min(TIMEOUT_MS, endMs - performance.now()));
      return compileTemplate(template, { ...context, budget });
    } catch (error) {
      if (!wasOutOfTime(error) || tries === TRIES || performance.now() > endMs) throw error;
    }
  }
}
