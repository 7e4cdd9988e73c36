import type { IncomingMessage } from 'node:http';
import type { CausedBy } from '@rat/contracts';
import { namespaceOfCause } from '@rat/domain';
import type { RunCause } from '@rat/store';
import { confinedTo } from '../http/caller.ts';

/** What made a run, without what is in namespaces that the caller may not see. */
export function presentCause(req: IncomingMessage, cause: RunCause | undefined): CausedBy | null {
  if (cause === undefined) return null;
  const own = confinedTo(req);
  const causes = cause.causes.filter((one) => {
    const namespace = namespaceOfCause(one);
    return own === undefined || namespace === undefined || own.includes(namespace);
  });
  return {
    kind: cause.kind,
    name: cause.name,
    firing_id: cause.firingId,
    causes,
    hidden: cause.causes.length - causes.length,
    depth: cause.depth,
  };
}
