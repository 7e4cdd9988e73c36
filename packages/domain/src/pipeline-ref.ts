/** The medallion layers, from raw to ready. */
export const LAYERS = ['bronze', 'silver', 'gold'] as const;

export type Layer = (typeof LAYERS)[number];

/** A pipeline's address; its output table has the same one. */
export interface PipelineRef {
  namespace: string;
  layer: Layer;
  name: string;
}

/** A namespace, pipeline or landing zone name: a lowercase slug. */
export const SLUG_PATTERN = /^[a-z][a-z0-9_-]*$/;
export const SLUG_MAX_LENGTH = 128;

export function isSlug(text: string): boolean {
  return text.length <= SLUG_MAX_LENGTH && SLUG_PATTERN.test(text);
}

export function isLayer(text: string): text is Layer {
  return (LAYERS as readonly string[]).includes(text);
}

/** `namespace.layer.name`, the spelling used in messages and as a view's name. */
export function formatRef(ref: PipelineRef): string {
  return `${ref.namespace}.${ref.layer}.${ref.name}`;
}

/**
 * Reads `layer.name` (in `defaultNamespace`) or `namespace.layer.name`; undefined when it is neither.
 */
export function parseRef(text: string, defaultNamespace: string): PipelineRef | undefined {
  const parts = text.split('.');
  const [namespace, layer, name] = parts.length === 2 ? [defaultNamespace, ...parts] : parts;
  if (parts.length > 3 || namespace === undefined || layer === undefined || name === undefined) {
    return undefined;
  }
  if (!isSlug(namespace) || !isLayer(layer) || !isSlug(name)) return undefined;
  return { namespace, layer, name };
}
