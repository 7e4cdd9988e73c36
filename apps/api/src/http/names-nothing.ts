import { isSlug } from '@rat/domain';

/** Whether no namespace can have the name that a list is filtered by. */
export function namesNothing(namespace: string | readonly string[] | undefined): boolean {
  return typeof namespace === 'string' && !isSlug(namespace);
}
