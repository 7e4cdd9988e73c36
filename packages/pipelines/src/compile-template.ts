import { formatRef, isSlug, parseRef, type PipelineRef } from '@rat/domain';
import { quoteIdentifier, quoteLiteral } from './quote.ts';
import { renderTemplate } from './render-template.ts';
import { TemplateError } from './template-error.ts';

/** What a template may know about the run. */
export interface TemplateContext {
  /** The pipeline itself: the namespace of short refs, and what `this` names. */
  pipeline: PipelineRef;
  /** ISO 8601. */
  runStartedAt: string;
  /** Whether the pipeline's own table exists: the answer of `is_incremental()`. */
  isIncremental: boolean;
  /** How the SQL names a table, given as `namespace.layer.name`; by default as a quoted name. */
  relation?: (name: string) => string;
  /** An SQL literal of the greatest value that the table has in `watermark_column`; by default NULL. */
  watermark?: string;
}

/** A template turned into SQL, and the inputs it named while rendering. */
export interface CompiledTemplate {
  sql: string;
  /** Each table once, in the order of first use; the pipeline's own when `this` or a ref to it was rendered. */
  refs: PipelineRef[];
  /** Each zone once, in the order of first use; zones of the pipeline's own namespace. */
  landingZones: string[];
}

/** The session variable that holds the files of a landing zone; the engine sets it under the same name. */
export function landingZoneVariable(zone: string): string {
  return `landing_zone:${zone}`;
}

/**
 * Renders a pipeline's or a test's template. The SQL names a table as `context.relation` says and a zone as a session
 * variable; where their files lie is bound later, so no path appears in it. Throws TemplateError.
 */
export function compileTemplate(template: string, context: TemplateContext): CompiledTemplate {
  const refs = new Map<string, PipelineRef>();
  const landingZones = new Set<string>();
  const own = formatRef(context.pipeline);
  const { relation = quoteIdentifier } = context;

  const render = (self: string): string =>
    renderTemplate(template, {
      ref: (name: unknown) => {
        const ref = readRef(name, context.pipeline.namespace, template);
        refs.set(formatRef(ref), ref);
        return relation(formatRef(ref));
      },
      landing_zone: (zone: unknown) => {
        if (typeof zone !== 'string' || !isSlug(zone)) {
          throw badArgument(
            'landing_zone',
            zone,
            "expects a zone's name, like 'uploads'",
            template,
          );
        }
        landingZones.add(zone);
        return `getvariable(${quoteLiteral(landingZoneVariable(zone))})`;
      },
      this: self,
      run_started_at: context.runStartedAt,
      watermark_value: context.watermark ?? 'NULL',
      is_incremental: () => context.isIncremental,
    });

  const sql = render(relation(own));
  // The engine cannot tell whether a variable was used. Rendering again with another value can: the output differs.
  if (/\bthis\b/.test(template) && render(relation(`${own}?`)) !== sql) {
    refs.set(own, context.pipeline);
  }
  return { sql, refs: [...refs.values()], landingZones: [...landingZones] };
}

function readRef(name: unknown, namespace: string, template: string): PipelineRef {
  const ref = typeof name === 'string' ? parseRef(name, namespace) : undefined;
  if (ref) return ref;
  throw badArgument('ref', name, "expects 'layer.name' or 'namespace.layer.name'", template);
}

/** The engine does not say where a call stands, so a literal argument is looked up in the source. */
function badArgument(
  name: string,
  argument: unknown,
  expects: string,
  template: string,
): TemplateError {
  const shown = typeof argument === 'string' ? `'${argument.slice(0, 200)}'` : typeof argument;
  const message = `${name}() ${expects}; it was given ${argument === undefined ? 'nothing' : shown}`;
  if (typeof argument !== 'string') return new TemplateError(message);
  for (const call of template.matchAll(new RegExp(`\\b${name}\\s*\\(\\s*(['"])(.*?)\\1`, 'g'))) {
    if (call[2] !== argument) continue;
    const before = template.slice(0, call.index).split('\n');
    return new TemplateError(message, {
      line: before.length,
      column: [...(before.at(-1) ?? '')].length + 1,
    });
  }
  return new TemplateError(message);
}
