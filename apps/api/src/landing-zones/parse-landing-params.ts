import { InputError, isSlug } from '@rat/domain';
import { parseNamespace } from '../namespaces/parse-namespace.ts';
import type { LandingDeps } from './landing-deps.ts';

/** The parameters of a zone's path. */
export interface ZoneParams {
  namespace: string;
  zone: string;
}

/** The landing zone of a path, which may not exist yet. Throws like `parseNamespace`. */
export async function parseZone(
  deps: LandingDeps,
  { namespace, zone }: ZoneParams,
): Promise<ZoneParams> {
  if (!isSlug(zone)) throw new InputError('landing zone must be a lowercase slug');
  return { ...(await parseNamespace(deps, { namespace })), zone };
}

/** The zone as the store names it. */
export function keyOf({ namespace, zone: name }: ZoneParams): { namespace: string; name: string } {
  return { namespace, name };
}
