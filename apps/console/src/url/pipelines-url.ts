import type { FrameUrl } from './frame-url.ts';

export const LAYER_NAMES = ['bronze', 'silver', 'gold'] as const;
export type LayerName = (typeof LAYER_NAMES)[number];

/** The address of the list of pipelines. */
export interface PipelinesUrl extends FrameUrl {
  /** A part of the address or of the description. */
  q?: string | undefined;
  layer?: LayerName | undefined;
  /** How many pipelines lie before the page. */
  offset?: number | undefined;
}

export function parsePipelinesUrl(search: Record<string, unknown>): PipelinesUrl {
  const { ns, q, layer, offset } = search;
  const before = Number(offset);
  return {
    ns: typeof ns === 'string' && ns !== '' ? ns : undefined,
    q: typeof q === 'string' && q !== '' ? q : undefined,
    layer: LAYER_NAMES.find((name) => name === layer),
    offset: Number.isSafeInteger(before) && before > 0 ? before : undefined,
  };
}
