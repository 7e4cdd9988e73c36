import {
  formatRef,
  includesNamespaces,
  parseRef,
  UnprocessableError,
  upstreamsOf,
  type Issue,
  type NamespaceSet,
  type PipelineRef,
  type TriggerConfig,
} from '@rat/domain';
import { findExisting, type Database } from '@rat/store';

/** A trigger to be stored, and the namespaces that its author may read. */
interface WatchedInputs {
  pipeline: PipelineRef;
  config: TriggerConfig;
  mayRead: NamespaceSet;
}

/** Throws UnprocessableError for the first of the inputs that `findUnknownInputs` finds. */
export async function refuseUnknownInputs(db: Database, watched: WatchedInputs): Promise<void> {
  const [first] = await findUnknownInputs(db, watched);
  if (first === undefined) return;
  throw new UnprocessableError(`${first.path}: ${first.message}`, [first]);
}

/**
 * The issues for pipelines and tables that a trigger would watch and that do not exist, or that its
 * author may not know: such a trigger would never fire. A zone exists with its first file. The pipeline
 * of the trigger counts as known: to watch itself is a cycle.
 */
export async function findUnknownInputs(
  db: Database,
  { pipeline, config, mayRead }: WatchedInputs,
): Promise<Issue[]> {
  const mayKnow = (namespace: string): boolean => includesNamespaces(mayRead, [namespace]);
  if (config.kind === 'upload') {
    const { namespace } = config;
    return mayKnow(namespace)
      ? []
      : [{ path: 'config.namespace', message: `namespace ${namespace} not found` }];
  }
  const field = config.kind === 'table' ? 'tables' : 'pipelines';
  const what = config.kind === 'table' ? 'table or pipeline' : 'pipeline';
  const refs = upstreamsOf(config);
  const known = new Set([...(await findExisting(db, refs)), formatRef(pipeline)]);
  return refs.flatMap((text, index) => {
    const ref = parseRef(text, '');
    if (ref !== undefined && mayKnow(ref.namespace) && known.has(text)) return [];
    return [{ path: `config.${field}.${index}`, message: `${what} ${text} not found` }];
  });
}
