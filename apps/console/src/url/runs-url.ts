import type { FrameUrl } from './frame-url.ts';

/** The filters of the list of runs, as the API has them, and as the address of the screen does. */
const FILTERS = [
  'q',
  'status',
  'layer',
  'pipeline',
  'kind',
  'trigger',
  'pool',
  'failure_code',
  'disposition',
  'from',
  'to',
] as const;

type RunsFilter = (typeof FILTERS)[number];

/** The address of the list of runs. Every value is the text of the API's parameter, which checks it. */
export type RunsUrl = FrameUrl & {
  [Name in RunsFilter | 'cursor']?: string | undefined;
};

export function parseRunsUrl(search: Record<string, unknown>): RunsUrl {
  const known = [...FILTERS, 'cursor', 'ns'].map((name) => [name, search[name]] as const);
  return Object.fromEntries(known.filter(([, value]) => typeof value === 'string' && value !== ''));
}
