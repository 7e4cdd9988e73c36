import { InputError, isSlug, NotFoundError } from '@rat/domain';
import { hasNamespace } from '@rat/store';
import type { LandingDeps } from './landing-deps.ts';

/** The parameters of a zone's path. */
export interface ZoneParams {
  namespace: string;
  zone: string;
}

/**
 * The namespace of a path. Throws InputError for an invalid name, NotFoundError for an unknown
 * namespace.
 */
export async function parseNamespace(
  deps: LandingDeps,
  { namespace }: { namespace: string },
): Promise<{ namespace: string }> {
  if (!isSlug(namespace)) throw new InputError('namespace must be a lowercase slug');
  if (!(await hasNamespace(deps.db, namespace))) throw new NotFoundError('namespace not found');
  return { namespace };
}

/** The landing zone of a path, which may not exist yet. Throws like `parseNamespace`. */
export async function parseZone(
  deps: LandingDeps,
  { namespace, zone }: ZoneParams,
): Promise<ZoneParams> {
  if (!isSlug(zone)) throw new InputError('landing zone must be a lowercase slug');
  return { ...(await parseNamespace(deps, { namespace })), zone };
}
