import {
  type ParamSpecs,
  type ParamValues,
  paramLiteral,
  formatRef,
  isSlug,
  parseRef,
  type PipelineRef,
  quoteIdentifier,
  quoteText,
  type TemplateWordName,
} from '@rat/domain';
import { RenderBudget } from './render-budget.ts';
import { renderTemplate } from './render-template.ts';
import { placeInSource, placeOf, type SourcePlace } from './source-map.ts';
import { replaceTableNames, type NamedTables } from './table-names.ts';
import { TemplateError } from './template-error.ts';
import { unquoteLiterals } from './unquote-literals.ts';
import { findComparisonWithNull, usesWatermark, writeNullForNone } from './write-null.ts';

/** The time that a run is about: a schedule's run, from the time before it to its own. */
export interface RunInterval {
  /** ISO 8601; the end is not part of it. */
  start: string;
  end: string;
  /** The date of the start in the schedule's zone, as `2026-11-29`. */
  logicalDate: string;
}

/** The facts about the run that a template can read. */
export interface TemplateContext {
  /** The pipeline itself: `this` refers to it, and its namespace completes short refs. */
  pipeline: PipelineRef;
  /** ISO 8601. */
  runStartedAt: string;
  /** Whether the pipeline's own table exists: the result of `is_incremental()`. */
  isIncremental: boolean;
  /** Returns the SQL for a table given as `namespace.layer.name`; by default a quoted name. */
  relation?: (name: string) => string;
  /**
   * SQL literal of the table's greatest value in `watermark_column`; without one, SQL gets NULL.
   */
  watermark?: string;
  /** The time that the run is about; without it, SQL gets NULL. */
  interval?: RunInterval;
  /** The parameters that the pipeline declares, and the values that the run has. */
  params?: { specs: ParamSpecs; values: ParamValues } | undefined;
  /** The time limit shared with other compilations; without it, this compilation has its own. */
  budget?: RenderBudget;
}

/**
 * The limits of one template's calls of `ref()` and `landing_zone()`, and of their distinct names.
 */
const CALLS_MAX = 10_000;
const NAMES_MAX = 1_000;

const LOCATE_MS = 1_000;

/** A template turned into SQL, and the inputs that it named while rendering. */
export interface CompiledTemplate {
  sql: string;
  /**
   * Each table once, in order of first use; also the pipeline's own, when `this` or a ref rendered
   * it.
   */
  refs: PipelineRef[];
  /** Each zone once, in order of first use; all in the pipeline's own namespace. */
  landingZones: string[];
  /** Maps a position in the SQL to one in the template; renders again. Undefined when it cannot. */
  locate: (place: SourcePlace) => SourcePlace | undefined;
}

/**
 * The session variable with the files of a landing zone; the engine sets it under the same name.
 */
export function landingZoneVariable(zone: string): string {
  return `landing_zone:${zone}`;
}

/**
 * Renders a pipeline's or a test's template. In the SQL, `context.relation` names the tables and
 * session variables name the zones. Their files are bound later, so the SQL contains no path.
 * Throws TemplateError.
 */
export function compileTemplate(source: string, context: TemplateContext): CompiledTemplate {
  const { relation = quoteIdentifier } = context;
  const named = replaceTableNames(unquoteLiterals(source), relation);
  if (named.tables.length > NAMES_MAX) {
    throw new TemplateError(`the template reads more than ${NAMES_MAX} tables`);
  }
  try {
    return compileNamed(named, { ...context, relation });
  } catch (error) {
    if (!(error instanceof TemplateError) || error.line === undefined) throw error;
    const { message, line, column = 1, fix } = error;
    const place = {
      ...named.placeInAuthors({ line, column }),
      ...(fix === undefined ? {} : { fix }),
    };
    throw error.column === undefined ? error : new TemplateError(message, place, { cause: error });
  }
}

function compileNamed(
  named: NamedTables,
  context: TemplateContext & { relation: (name: string) => string },
): CompiledTemplate {
  const { template } = named;
  const { relation } = context;
  const refs = new Map<string, PipelineRef>();
  const landingZones = new Set<string>();
  const own = formatRef(context.pipeline);
  refuseComparisonWithNull(template);

  const renderWith = (text: string, self: string, budget = context.budget): string => {
    const count = callCounter();
    const variables: Record<TemplateWordName, unknown> = {
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
        return `getvariable(${quoteText(landingZoneVariable(zone))})`;
      },
      this: self,
      run_started_at: context.runStartedAt,
      watermark_value: context.watermark ?? null,
      is_incremental: () => context.isIncremental,
      param: (name: unknown) => renderParam(name, context.params, template),
      ...intervalFacts(context.interval),
    };
    return renderTemplate(text, variables, budget);
  };
  const self = relation(own);
  const plain = renderWith(template, self);
  // minijinja does not report whether a variable was used. A second rendering with another value
  // does: the output differs.
  if (/\bthis\b/.test(template) && renderWith(template, relation(`${own}?`)) !== plain) {
    refs.set(own, context.pipeline);
  }
  const hasNone = context.watermark === undefined && usesWatermark(template);
  const sql = hasNone ? renderWith(writeNullForNone(template), self) : plain;
  for (const { ref, relation: text } of named.tables) {
    // Not a name in a branch of the template that did not render.
    if (sql.includes(text)) refs.set(formatRef(ref), ref);
  }
  const locate = (place: SourcePlace): SourcePlace | undefined => {
    // Called when the SQL has failed, long after the other renderings, so it has its own time
    // limit.
    const render = (text: string): string =>
      renderWith(hasNone ? writeNullForNone(text) : text, self, new RenderBudget(LOCATE_MS));
    const found = placeInSource(place, { template, sql, render });
    return found && named.placeInAuthors(found);
  };
  return { sql, refs: [...refs.values()], landingZones: [...landingZones], locate };
}

function renderParam(
  name: unknown,
  { specs, values }: { specs: ParamSpecs; values: ParamValues } = { specs: {}, values: {} },
  template: string,
): string {
  const spec = typeof name === 'string' && Object.hasOwn(specs, name) ? specs[name] : undefined;
  if (typeof name !== 'string' || spec === undefined) {
    const known = Object.keys(specs);
    const expects =
      known.length === 0
        ? 'expects a name of `params` in config.yaml, which declares none'
        : `expects a name of \`params\` in config.yaml: ${known.join(', ')}`;
    throw badArgument('param', name, expects, template);
  }
  return paramLiteral(spec, Object.hasOwn(values, name) ? values[name] : undefined);
}

/** Typed in both cases, so that a query has the same columns with and without an interval. */
function intervalFacts(interval: RunInterval | undefined) {
  const typed = (value: string | undefined, type: string): string =>
    `CAST(${value === undefined ? 'NULL' : quoteText(value)} AS ${type})`;
  return {
    interval_start: typed(interval?.start, 'TIMESTAMP WITH TIME ZONE'),
    interval_end: typed(interval?.end, 'TIMESTAMP WITH TIME ZONE'),
    run_logical_date: typed(interval?.logicalDate, 'DATE'),
    has_interval: () => interval !== undefined,
  };
}

/** Counts calls: each crosses the engine's boundary twice, a cost that the fuel does not count. */
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

/**
 * Finds a literal argument in the source, because minijinja does not report the position of a call.
 */
function badArgument(
  name: 'ref' | 'landing_zone' | 'param',
  argument: unknown,
  expects: string,
  template: string,
): TemplateError {
  const shown = typeof argument === 'string' ? `'${argument.slice(0, 200)}'` : typeof argument;
  const message = `${name}() ${expects}; it was given ${argument === undefined ? 'nothing' : shown}`;
  if (typeof argument !== 'string') return new TemplateError(message);
  return new TemplateError(message, findCall(template, name, (one) => one === argument) ?? {});
}

/**
 * The place of the first call of `ref` or `landing_zone` whose literal argument is accepted.
 * Undefined when no call has such a literal.
 *
 * @example
 * findCall("SELECT * FROM {{ ref('silver.orders') }}", 'ref', (text) => text.endsWith('orders'));
 */
export function findCall(
  template: string,
  name: 'ref' | 'landing_zone' | 'param',
  isMeant: (argument: string) => boolean,
): SourcePlace | undefined {
  for (const call of template.matchAll(new RegExp(`\\b${name}\\s*\\(\\s*(['"])(.*?)\\1`, 'g'))) {
    if (isMeant(call[2] ?? '')) return placeOf(template, call.index);
  }
  return undefined;
}
