import { pickTexts } from './pick-texts.ts';

const NAMES = ['ns', 'q', 'layer', 'offset'] as const;

/** The address of the list of tables. */
export type TablesUrl = { [Name in (typeof NAMES)[number]]?: string | undefined };

export function parseTablesUrl(search: Record<string, unknown>): TablesUrl {
  return pickTexts(search, NAMES);
}
