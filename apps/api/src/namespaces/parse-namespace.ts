import { InputError, isSlug } from '@rat/domain';
import { getNamespace } from '@rat/store';
import type { NamespaceDeps } from './namespace-deps.ts';

/** The name in a path. Throws InputError for an invalid one. */
export function parseNamespaceName({ namespace }: { namespace: string }): string {
  if (!isSlug(namespace)) throw new InputError('namespace must be a lowercase slug');
  return namespace;
}

/**
 * The namespace of a path. Throws InputError for an invalid name, NotFoundError for an unknown
 * namespace.
 */
export async function parseNamespace(
  deps: Pick<NamespaceDeps, 'db'>,
  params: { namespace: string },
): Promise<{ namespace: string }> {
  const { name } = await getNamespace(deps.db, parseNamespaceName(params));
  return { namespace: name };
}
