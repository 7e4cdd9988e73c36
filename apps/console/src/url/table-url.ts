import { pickLineageUrl, type LineageUrl } from './lineage-url.ts';
import { pickTexts } from './pick-texts.ts';

export const TABLE_TABS = ['data', 'schema', 'snapshots', 'profile', 'lineage'] as const;
export type TableTab = (typeof TABLE_TABS)[number];

/** The address of a table: which tab, which version its data is of, which two versions are compared, and how far its lineage reaches. */
export interface TableUrl extends LineageUrl {
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
  return { ...rest, ...(known === undefined ? {} : { tab: known }), ...pickLineageUrl(search) };
}
