/**
 * What a request was about: `<type>/<address>`, from the path of its operation with the values of its
 * parameters. `/runs/{id}/cancel` is about `runs/<id>`. A request that made something is about that,
 * which `location` names: `POST /runs` about `runs/<id>`.
 */
export function auditedResource(
  path: string,
  params: Readonly<Record<string, unknown>>,
  location: string | undefined,
): string {
  const below = path.replace(API, '').replace(/^\//, '');
  const lastParameter = below.lastIndexOf('}');
  const place = lastParameter === -1 ? below : below.slice(0, lastParameter + 1);
  const own = place.replaceAll(/\{(\w+)\}/g, (_all, name: string) => String(params[name]));
  const made = resourceOf(location);
  return made?.startsWith(`${own}/`) === true ? made : own;
}

/** The resource that a `Location` leads to; undefined for none of the API. */
export function resourceOf(location: string | undefined): string | undefined {
  return location?.startsWith(API) === true ? decode(location.replace(API, '')) : undefined;
}

const API = '/api/v1/';

function decode(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
