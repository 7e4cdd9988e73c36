/** The address of a zone. */
export interface ZonePlace {
  namespace: string;
  zone: string;
}

/** `namespace/zone` as its parts; undefined when it is none. */
export function readZone(text: string | undefined): ZonePlace | undefined {
  const [namespace, zone, ...rest] = (text ?? '').split('/');
  if (namespace === undefined || zone === undefined || rest.length > 0) return undefined;
  return namespace === '' || zone === '' ? undefined : { namespace, zone };
}
