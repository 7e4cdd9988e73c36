import { pickTexts } from './pick-texts.ts';

const NAMES = ['ns', 'of', 'kind'] as const;

/** The address of the list of schedules and triggers; `of` and `kind` name the one whose history is shown. */
export type SchedulesUrl = { [Name in (typeof NAMES)[number]]?: string | undefined };

export function parseSchedulesUrl(search: Record<string, unknown>): SchedulesUrl {
  return pickTexts(search, NAMES);
}
