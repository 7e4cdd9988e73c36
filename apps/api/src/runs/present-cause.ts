import type { IncomingMessage } from 'node:http';
import type { CausedBy } from '@rat/contracts';
import { namespaceOfCause, type FiringCause } from '@rat/domain';
import type { RunCause } from '@rat/store';
import { confinedTo } from '../http/caller.ts';

/** What made a run, without what is in namespaces that the caller may not see. */
export function presentCause(req: IncomingMessage, cause: RunCause | undefined): CausedBy | null {
  if (cause === undefined) return null;
  return {
    kind: cause.kind,
    name: cause.name,
    firing_id: cause.firingId,
    ...ownCauses(req, cause.causes),
    depth: cause.depth,
  };
}

/** The causes that the caller may see, and how many it may not. */
export function ownCauses(
  req: IncomingMessage,
  all: readonly FiringCause[],
): { causes: FiringCause[]; hidden: number } {
  const own = confinedTo(req);
  const causes = all.filter((one) => {
    const namespace = namespaceOfCause(one);
    return own === undefined || namespace === undefined || own.includes(namespace);
  });
  return { causes, hidden: all.length - causes.length };
}
