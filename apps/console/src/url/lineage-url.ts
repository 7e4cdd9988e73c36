import type { FrameUrl } from './frame-url.ts';

/** How far a person may choose to look. */
export const HOPS = [0, 1, 2, 3, 5, 10, 50] as const;
export const HOPS_DEFAULT = 2;

/** What the address has of a lineage that is shown. */
export interface LineageUrl {
  /** How many pipelines to follow against the flow of the data and with it; absent: HOPS_DEFAULT. */
  up?: number | undefined;
  down?: number | undefined;
  /** Absent: the graph. */
  view?: 'table' | undefined;
}

/** The address of the screen of lineage. */
export interface LineageScreenUrl extends LineageUrl, FrameUrl {
  /** Where it begins, in the words of the API; absent: all of the namespace. */
  root?: string | undefined;
}

export function pickLineageUrl(search: Record<string, unknown>): LineageUrl {
  const hops = (name: string): number | undefined => {
    const text = search[name];
    const known = HOPS.find((count) => text !== '' && count === Number(text ?? NaN));
    return known === HOPS_DEFAULT ? undefined : known;
  };
  return {
    up: hops('up'),
    down: hops('down'),
    view: search['view'] === 'table' ? 'table' : undefined,
  };
}

export function parseLineageUrl(search: Record<string, unknown>): LineageScreenUrl {
  const { ns, root } = search;
  return {
    ns: typeof ns === 'string' && ns !== '' ? ns : undefined,
    root: typeof root === 'string' && root !== '' ? root : undefined,
    ...pickLineageUrl(search),
  };
}
