import { formatRef, isSlug, parseRef, type PipelineRef } from '@rat/domain';
import { quoteIdentifier, quoteLiteral } from './quote.ts';
import { RenderBudget } from './render-budget.ts';
import { renderTemplate } from './render-template.ts';
import { placeInSource, placeOf, type SourcePlace } from './source-map.ts';
import { TemplateError } from './template-error.ts';
import { findComparisonWithNull, usesWatermark, writeNullForNone } from './write-null.ts';

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
  /** An SQL literal of the greatest value that the table has in `watermark_column`; by default none, which SQL shows as NULL. */
  watermark?: string;
  /** The time that this and other compilations have together; without one, this one has its own. */
  budget?: RenderBudget;
}

/** How often one template may call `ref()` and `landing_zone()`, and how many names it may give them. */
const CALLS_MAX = 10_000;
const NAMES_MAX = 1_000;

const LOCATE_MS = 1_000;

/** A template turned into SQL, and the inputs it named while rendering. */
export interface CompiledTemplate {
  sql: string;
  /** Each table once, in the order of first use; the pipeline's own when `this` or a ref to it was rendered. */
  refs: PipelineRef[];
  /** Each zone once, in the order of first use; zones of the pipeline's own namespace. */
  landingZones: string[];
  /** The place in the template of a place in the SQL; renders once more. Undefined when the template hides it. */
  locate: (place: SourcePlace) => SourcePlace | undefined;
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
  refuseComparisonWithNull(template);

  const renderWith = (source: string, self: string, budget = context.budget): string => {
    const count = callCounter();
    const variables = {
      ref: (name: unknown) => {
        const ref = readRef(name, context.pipeline.namespace, template);
        refs.set(formatRef(ref), ref);
        count('ref', refs.size);
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
        count('landing_zone', landingZones.size);
        return `getvariable(${quoteLiteral(landingZoneVariable(zone))})`;
      },
      this: self,
      run_started_at: context.runStartedAt,
      watermark_value: context.watermark ?? null,
      is_incremental: () => context.isIncremental,
    };
    return renderTemplate(source, variables, budget);
  };
  const self = relation(own);
  const plain = renderWith(template, self);
  // The engine cannot tell whether a variable was used. Rendering again with another value can: the output differs.
  if (/\bthis\b/.test(template) && renderWith(template, relation(`${own}?`)) !== plain) {
    refs.set(own, context.pipeline);
  }
  const hasNone = context.watermark === undefined && usesWatermark(template);
  const sql = hasNone ? renderWith(writeNullForNone(template), self) : plain;
  const locate = (place: SourcePlace): SourcePlace | undefined => {
    // Needed when the SQL has failed, long after the other renderings: so with time of its own.
    const render = (source: string): string =>
      renderWith(hasNone ? writeNullForNone(source) : source, self, new RenderBudget(LOCATE_MS));
    return placeInSource(place, { template, sql, render });
  };
  return { sql, refs: [...refs.values()], landingZones: [...landingZones], locate };
}

/** Each call costs a way out of the engine and back, which its steps do not count. */
function callCounter(): (name: string, names: number) => void {
  let calls = 0;
  return (name, names) => {
    calls += 1;
    if (calls > CALLS_MAX) {
      throw new TemplateError(
        `the template calls ref() and landing_zone() more than ${CALLS_MAX} times: set a variable to the name, and use that`,
      );
    }
    if (names > NAMES_MAX) {
      throw new TemplateError(`the template calls ${name}() with more than ${NAMES_MAX} names`);
    }
  };
}

function refuseComparisonWithNull(template: string): void {
  const tag = findComparisonWithNull(template);
  if (tag === undefined) return;
  throw new TemplateError(
    "watermark_value is never the text 'NULL': on a first run it is none, so write {% if watermark_value %}",
    placeOf(template, tag.start),
  );
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
    return new TemplateError(message, placeOf(template, call.index));
  }
  return new TemplateError(message);
}
