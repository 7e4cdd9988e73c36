import { formatRef, type Issue, type ParamSpecs, type PipelineRef } from '@rat/domain';
import { compileTemplate, type CompiledTemplate } from './compile-template.ts';
import { distinctKinds, type KindOfRun } from './kinds-of-run.ts';
import { settingsOf, type Annotation } from './parse-annotations.ts';
import { isMeant } from './read-fields.ts';
import { OUT_OF_TIME, type RenderBudget } from './render-budget.ts';
import { wasOutOfTime } from './render-template.ts';
import { TemplateError } from './template-error.ts';

/** The templates of one pipeline exceed their common time limit; `path` is that of the last one. */
export class OutOfTimeError extends Error {
  override readonly name = 'OutOfTimeError';
  readonly path: string;

  constructor(path: string) {
    super(`${path}: ${OUT_OF_TIME}`);
    this.path = path;
  }
}

/** A template to check, and the findings so far. */
export interface CheckedTemplate {
  path: string;
  pipeline: PipelineRef;
  /** The settings that its source contains. */
  annotations: readonly Annotation[];
  /** The known keys of settings. */
  keys: readonly string[];
  budget: RenderBudget;
  /** The parameters that the pipeline declares. */
  params: ParamSpecs;
}

/** A greatest value for runs that have one. */
const WATERMARK = "CAST('2000-01-01' AS DATE)";

/** The inputs that a template names in any kind of run, each once. */
export interface NamedInputs {
  refs: PipelineRef[];
  landingZones: string[];
}

/**
 * Renders a template for every kind of run, so that both branches of `is_incremental()`, of
 * `watermark_value`, of `has_interval()` and of a parameter are checked. Adds each mistake once to
 * `issues`. Returns the inputs that rendered. Throws OutOfTimeError when the budget is spent.
 */
export function checkTemplate(
  template: string,
  where: CheckedTemplate,
  issues: Issue[],
): NamedInputs {
  const refs = new Map<string, PipelineRef>();
  const zones = new Set<string>();
  const named = (): NamedInputs => ({ refs: [...refs.values()], landingZones: [...zones] });
  for (const kind of distinctKinds(template, where.params)) {
    try {
      const { sql, ...inputs } = compileFor(kind, template, where);
      for (const ref of inputs.refs) refs.set(formatRef(ref), ref);
      for (const zone of inputs.landingZones) zones.add(zone);
      const made = findRenderedSetting(sql, where);
      if (made === undefined) continue;
      const message = `renders the setting \`${made}\`: a setting is read before the template renders, so it must stand in the file as it is, above the first statement`;
      issues.push({ path: where.path, message });
      return named();
    } catch (error) {
      if (!(error instanceof TemplateError)) throw error;
      issues.push({
        path: where.path,
        message: error.message,
        line: error.line,
        column: error.column ?? firstColumn(template, error.line),
        ...(error.fix === undefined ? {} : { fix: error.fix }),
      });
      return named();
    }
  }
  return named();
}

/** Tries again while the wall clock runs out before the processor time does. */
function compileFor(kind: KindOfRun, template: string, where: CheckedTemplate): CompiledTemplate {
  const { isIncremental, hasWatermark, interval, values } = kind;
  for (;;) {
    try {
      return compileTemplate(template, {
        pipeline: where.pipeline,
        runStartedAt: '2000-01-01T00:00:00.000Z',
        isIncremental,
        ...(hasWatermark ? { watermark: WATERMARK } : {}),
        ...(interval === undefined ? {} : { interval }),
        params: { specs: where.params, values },
        budget: where.budget,
      });
    } catch (error) {
      if (where.budget.leftMs === 0) throw new OutOfTimeError(where.path);
      if (!wasOutOfTime(error)) throw error;
    }
  }
}

/** Where the text of a line begins: the engine does not always say more than the line. */
function firstColumn(template: string, line: number | undefined): number | undefined {
  if (line === undefined) return undefined;
  const text = template.split('\n')[line - 1] ?? '';
  return (/^\s*/.exec(text)?.[0].length ?? 0) + 1;
}

/**
 * The first setting in the SQL that the source does not contain literally: it would have no effect.
 */
function findRenderedSetting(
  sql: string,
  { annotations, keys }: CheckedTemplate,
): string | undefined {
  const said = settingsOf(sql).filter(({ key, isLoose }) => !isLoose || isMeant(key, keys));
  // A setting with another problem is refused for that problem.
  const isInSource = ({ key, value }: { key: string; value: string | undefined }): boolean =>
    annotations.some((one) => one.key === key && one.value === value);
  return said.find((one) => !isInSource(one))?.text.slice(0, 100);
}
