import type { IncomingMessage } from 'node:http';
import { parseRef, UnprocessableError, type TriggerConfig } from '@rat/domain';
import { findExisting, type Database } from '@rat/store';
import { confinedTo } from '../http/caller.ts';

/**
 * Throws UnprocessableError when a trigger would watch pipelines or tables that do not exist, or that
 * its author may not know: such a trigger would never fire. A zone exists with its first file.
 */
export async function refuseUnknownInputs(
  db: Database,
  req: IncomingMessage,
  config: TriggerConfig,
): Promise<void> {
  const own = confinedTo(req);
  if (config.kind === 'upload' && own?.includes(config.namespace) === false) {
    throw unknown('config.namespace', `namespace ${config.namespace}`);
  }
  const { field, refs } = refsOf(config);
  const known = new Set(await findExisting(db, refs));
  for (const [index, text] of refs.entries()) {
    const ref = parseRef(text, '');
    const isOwn = ref !== undefined && own?.includes(ref.namespace) !== false;
    if (!isOwn || !known.has(text)) {
      const what = config.kind === 'table' ? 'table or pipeline' : 'pipeline';
      throw unknown(`config.${field}.${index}`, `${what} ${text}`);
    }
  }
}

function refsOf(config: TriggerConfig): { field: string; refs: string[] } {
  switch (config.kind) {
    case 'upstream':
    case 'dependency':
      return { field: 'pipelines', refs: config.pipelines };
    case 'table':
      return { field: 'tables', refs: config.tables };
    case 'upload':
    case 'webhook':
      return { field: '', refs: [] };
  }
}

function unknown(path: string, what: string): UnprocessableError {
  const message = `${what} not found`;
  return new UnprocessableError(`${path}: ${message}`, [{ path, message }]);
}
