import { DEFAULT_NAMESPACE, formatRef, InputError, isSlug, parseRef } from '@rat/domain';

const ID = /^(?:pipeline|table|landing):/;

/**
 * The place that a root names: `namespace.layer.name` or `namespace/zone`. Throws InputError.
 *
 * @example
 * parseRoot('table:sales.gold.daily', undefined); // 'sales.gold.daily'
 * parseRoot('gold.daily', 'sales'); // 'sales.gold.daily'
 */
export function parseRoot(root: string, namespace: string | undefined): string {
  const text = root.replace(ID, '');
  const [zoneNamespace = '', zone = '', ...more] = text.split('/');
  if (isSlug(zoneNamespace) && isSlug(zone) && more.length === 0) return text;
  const ref = parseRef(text, namespace ?? DEFAULT_NAMESPACE);
  if (ref !== undefined) return formatRef(ref);
  const message =
    'must be a pipeline or table as layer.name or namespace.layer.name, a landing zone as namespace/zone, or the id of a node';
  throw new InputError(`root: ${message}`, [{ path: 'root', message }]);
}

/** The namespace of a place. */
export function namespaceOf(place: string): string {
  return place.split(/[./]/, 1)[0] ?? '';
}
