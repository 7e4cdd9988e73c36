import type { FrameUrl } from './frame-url.ts';

/** The filters of the list of runs, as the API has them, and as the address of the screen does. */
export const RUN_FILTERS = [
  'q',
  'status',
  'disposition',
  'layer',
  'pipeline',
  'kind',
  'trigger',
  'pool',
  'failure_code',
  'from',
  'to',
] as const;

export type RunFilter = (typeof RUN_FILTERS)[number];

/**
 * The address of the list of runs. Every value is the text of the API's parameter, which checks it; only `live`, present
 * where new runs are inserted by themselves, is the screen's own.
 */
export type RunsUrl = FrameUrl & {
  [Name in RunFilter | 'cursor' | 'live']?: string | undefined;
};

export function parseRunsUrl(search: Record<string, unknown>): RunsUrl {
  const known = [...RUN_FILTERS, 'cursor', 'live', 'ns'].map(
    (name) => [name, search[name]] as const,
  );
  return Object.fromEntries(known.filter(([, value]) => typeof value === 'string' && value !== ''));
}

/** The filters that are set, each with its value. */
export function filtersOf(url: RunsUrl): [RunFilter, string][] {
  return RUN_FILTERS.flatMap((name): [RunFilter, string][] => {
    const value = url[name];
    return value === undefined ? [] : [[name, value]];
  });
}

/** What a saved view keeps of the address: the filters and the namespace, and neither the page nor how it is looked at. */
export function toViewQuery(url: RunsUrl): { [Name in RunFilter | 'ns']?: string } {
  return { ...(url.ns === undefined ? {} : { ns: url.ns }), ...Object.fromEntries(filtersOf(url)) };
}

/** Whether an address shows what a saved view names, on any page. */
export function isViewOf(view: Readonly<Record<string, string>>, url: RunsUrl): boolean {
  const here = Object.entries(toViewQuery(url));
  if (here.length !== Object.keys(view).length) return false;
  return here.every(([name, value]) => view[name] === value);
}

const MS_OF = { h: 3_600_000, d: 86_400_000 } as const;

/** A time of the address as the API takes it: `-24h` and `-7d` are before `now`, other texts stay as they are. */
export function toInstant(text: string | undefined, now: number): string | undefined {
  const [, count, unit] = /^-(\d{1,5})([hd])$/.exec(text ?? '') ?? [];
  if (count === undefined) return text;
  return new Date(now - Number(count) * MS_OF[unit as 'h' | 'd']).toISOString();
}
