import { pickTexts } from './pick-texts.ts';

export const TABLE_TABS = ['data', 'schema', 'snapshots', 'profile'] as const;
export type TableTab = (typeof TABLE_TABS)[number];

/** The address of a table: which tab, which version its data is of, and which two versions are compared. */
export interface TableUrl {
  ns?: string | undefined;
  tab?: TableTab | undefined;
  branch?: string | undefined;
  snapshot?: string | undefined;
  from?: string | undefined;
  to?: string | undefined;
  /** The columns that rows are matched by, separated by commas; `*`: whole rows are compared. */
  key?: string | undefined;
}

export function parseTableUrl(search: Record<string, unknown>): TableUrl {
  const { tab, ...rest } = pickTexts(search, [
    'ns',
    'tab',
    'branch',
    'snapshot',
    'from',
    'to',
    'key',
  ]);
  const known = TABLE_TABS.find((one) => one === tab);
  return known === undefined ? rest : { ...rest, tab: known };
}
