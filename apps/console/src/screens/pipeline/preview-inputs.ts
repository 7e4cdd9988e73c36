import type { BodyOf } from '@rat/contracts';
import type { ParamSpec, ParamSpecs, ParamValue } from '@rat/domain';
import type { Files } from './pipeline-files.ts';

/** What a person has chosen for the previews of a pipeline. */
export interface PreviewChoices {
  /** The texts of the fields, by the names of their parameters. */
  values: Readonly<Record<string, string>>;
  /** The bounds of the time that the run is about, as they are typed. */
  from: string;
  until: string;
  isCompared: boolean;
  isFullRefresh: boolean;
}

export const NO_CHOICES: PreviewChoices = {
  values: {},
  from: '',
  until: '',
  isCompared: false,
  isFullRefresh: false,
};

/** What the texts of a pipeline take from a run. */
export interface Taken {
  params: ParamSpecs;
  /** Whether they read the time that a run is about. */
  isAboutTime: boolean;
}

const WORDS_OF_INTERVAL = /\b(?:interval_start|interval_end|has_interval|run_logical_date)\b/;

/** Whether any of the texts reads the time that a run is about. */
export function readsInterval(files: Files): boolean {
  return Object.values(files).some((text) => WORDS_OF_INTERVAL.test(text));
}

/** What a preview has besides its files. */
export type PreviewInputs = Pick<
  BodyOf<'previewPipeline'>,
  'params' | 'compare' | 'full_refresh' | 'interval'
>;

/**
 * The choices as a request has them. An empty field gives no value, so the run has the default. A text of the wrong type is
 * sent as it is: the API says what would be right. What is typed for something that the texts no longer take is left out.
 *
 * @example
 * toInputs({ ...NO_CHOICES, from: '2026-11-28', until: '2026-11-29' }, { params: {}, isAboutTime: true });
 * // { interval: { start: '2026-11-28T00:00:00Z', end: '2026-11-29T00:00:00Z' } }
 */
export function toInputs(
  { values, from, until, isCompared, isFullRefresh }: PreviewChoices,
  taken: Taken,
): PreviewInputs {
  const params = Object.entries(taken.params).flatMap(([name, spec]) => {
    const text = Object.hasOwn(values, name) ? values[name] : undefined;
    const value = text === undefined ? undefined : parseValue(spec, text);
    return value === undefined ? [] : [[name, value] as const];
  });
  return {
    ...(params.length > 0 ? { params: Object.fromEntries(params) } : {}),
    ...(taken.isAboutTime && (from.trim() !== '' || until.trim() !== '')
      ? { interval: { start: toTime(from), end: toTime(until) } }
      : {}),
    ...(isCompared ? { compare: true } : {}),
    ...(isFullRefresh ? { full_refresh: true } : {}),
  };
}

/** A day alone means its first moment in UTC, the zone of a schedule that names none. */
function toTime(written: string): string {
  const text = written.trim();
  return /^\d{4}-\d\d-\d\d$/.test(text) ? `${text}T00:00:00Z` : text;
}

function parseValue({ type }: ParamSpec, written: string): ParamValue | undefined {
  const text = type === 'string' ? written : written.trim();
  if (text === '') return undefined;
  if (type === 'integer' || type === 'number')
    return Number.isFinite(Number(text)) ? Number(text) : text;
  if (type === 'boolean' && (text === 'true' || text === 'false')) return text === 'true';
  return text;
}
