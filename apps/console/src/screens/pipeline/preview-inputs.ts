import type { BodyOf } from '@rat/contracts';
import type { ParamSpec, ParamSpecs, ParamValue } from '@rat/domain';

/** What a person has chosen for the previews of a pipeline. */
export interface PreviewChoices {
  /** The texts of the fields, by the names of their parameters. */
  values: Readonly<Record<string, string>>;
  isCompared: boolean;
  isFullRefresh: boolean;
}

export const NO_CHOICES: PreviewChoices = { values: {}, isCompared: false, isFullRefresh: false };

/** What a preview has besides its files. */
export type PreviewInputs = Pick<BodyOf<'previewPipeline'>, 'params' | 'compare' | 'full_refresh'>;

/**
 * The choices as a request has them. An empty field gives no value, so the run has the default. A text of the wrong type is
 * sent as it is: the API says what would be right. What is typed for a parameter that is no longer declared is left out.
 *
 * @example
 * toInputs({ ...NO_CHOICES, values: { least: '7' } }, { least: { type: 'integer' } }); // { params: { least: 7 } }
 */
export function toInputs(
  { values, isCompared, isFullRefresh }: PreviewChoices,
  specs: ParamSpecs,
): PreviewInputs {
  const params = Object.entries(specs).flatMap(([name, spec]) => {
    const text = Object.hasOwn(values, name) ? values[name] : undefined;
    const value = text === undefined ? undefined : parseValue(spec, text);
    return value === undefined ? [] : [[name, value] as const];
  });
  return {
    ...(params.length > 0 ? { params: Object.fromEntries(params) } : {}),
    ...(isCompared ? { compare: true } : {}),
    ...(isFullRefresh ? { full_refresh: true } : {}),
  };
}

function parseValue({ type }: ParamSpec, written: string): ParamValue | undefined {
  const text = type === 'string' ? written : written.trim();
  if (text === '') return undefined;
  if (type === 'integer' || type === 'number')
    return Number.isFinite(Number(text)) ? Number(text) : text;
  if (type === 'boolean' && (text === 'true' || text === 'false')) return text === 'true';
  return text;
}
