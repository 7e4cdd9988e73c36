/**
 * The value that a JSON pointer (RFC 6901) names; undefined when there is none. `pointer` must be valid.
 *
 * @example
 * resolvePointer({ order: { days: ['2026-11-28'] } }, '/order/days/0'); // '2026-11-28'
 */
export function resolvePointer(document: unknown, pointer: string): unknown {
  let value = document;
  for (const escaped of pointer.split('/').slice(1)) {
    const key = escaped.replaceAll('~1', '/').replaceAll('~0', '~');
    if (Array.isArray(value)) {
      value = /^(?:0|[1-9]\d{0,8})$/.test(key) ? value[Number(key)] : undefined;
    } else if (typeof value === 'object' && value !== null && Object.hasOwn(value, key)) {
      value = (value as Record<string, unknown>)[key];
    } else return undefined;
  }
  return value;
}
