/** The medallion layers, from raw to refined. */
export const LAYERS = ['bronze', 'silver', 'gold'] as const;

export type Layer = (typeof LAYERS)[number];

/** A pipeline's address, which is also the address of its output table. */
export interface PipelineRef {
  namespace: string;
  layer: Layer;
  name: string;
}

/** A name of a namespace, pipeline or landing zone: a lowercase slug. */
export const SLUG_PATTERN = /^[a-z][a-z0-9_-]*$/;
export const SLUG_MAX_LENGTH = 128;

export function isSlug(text: string): boolean {
  return text.length <= SLUG_MAX_LENGTH && SLUG_PATTERN.test(text);
}

export function isLayer(text: string): text is Layer {
  return (LAYERS as readonly string[]).includes(text);
}

/**
 * Names that no new namespace may have. A namespace is a catalog in the SQL of a query: the engine
 * keeps some of these names for itself, and a catalog named as a layer makes `silver.orders`
 * ambiguous.
 */
const RESERVED_NAMESPACES: readonly string[] = [
  ...LAYERS,
  'information_schema',
  'main',
  'memory',
  'pg_catalog',
  'system',
  'temp',
];

export function isReservedNamespace(name: string): boolean {
  return RESERVED_NAMESPACES.includes(name);
}

/** The namespace of every installation; it cannot be deleted. */
export const DEFAULT_NAMESPACE = 'default';

/** Formats a ref as `namespace.layer.name`, the spelling in messages and of a view's name. */
export function formatRef(ref: PipelineRef): string {
  return `${ref.namespace}.${ref.layer}.${ref.name}`;
}

/**
 * Parses `layer.name` (in `defaultNamespace`) or `namespace.layer.name`; undefined for other text.
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
