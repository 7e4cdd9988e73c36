import { pickTexts } from './pick-texts.ts';

/** The address of the screen of queries: the SQL is in it, so a link shows the same to another person. */
export interface QueryUrl {
  ns?: string | undefined;
  sql?: string | undefined;
}

export function parseQueryUrl(search: Record<string, unknown>): QueryUrl {
  return pickTexts(search, ['ns', 'sql']);
}
