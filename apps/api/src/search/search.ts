import type { RunnerResponse, SearchAnswer } from '@rat/contracts';
import { coerceError } from '@rat/runtime';
import { search, type Found } from '@rat/store';
import { clientGone } from '../http/client-gone.ts';
import { handleOperation, type HandledOperation } from '../http/operation.ts';
import { call } from '../runner-client/call.ts';
import { byCloseness } from './by-closeness.ts';
import type { SearchDeps } from './search-deps.ts';
import { namesNothing } from '../http/names-nothing.ts';

type Result = SearchAnswer['results'][number];
type InWarehouse = RunnerResponse<'search-warehouse'>;

/** A search must answer while a person types, so it does not wait for a slow storage. */
const WAREHOUSE_TIMEOUT_MS = 3_000;

const NOTHING: InWarehouse = { columns: [], files: [], complete: false };

/** GET /api/v1/search: whatever has a name that matches a text. */
export function searchRoute(deps: SearchDeps): HandledOperation<'search'> {
  return handleOperation('search', async (_req, res, { query }) => {
    const { q, namespace, limit } = query;
    // Postgres cannot read a NUL, and no namespace matches a name that is not a slug.
    const matchesNone = q.includes('\0') || namesNothing(namespace);
    const gone = clientGone(res);
    const [found, { columns, files, complete }] = matchesNone
      ? [[], { ...NOTHING, complete: true }]
      : await Promise.all([search(deps.db, query), searchWarehouse(deps, query, gone)]);
    const results = byCloseness(
      [
        ...found.map(present),
        ...columns.map((one): Result => ({ kind: 'column', ...one })),
        ...files.map((one): Result => ({ kind: 'landing_file', ...one })),
      ],
      q,
    );
    const truncated = results.length > limit;
    const answer: SearchAnswer = { results: results.slice(0, limit), truncated, complete };
    res.json(answer);
  });
}

/** What a runner finds; nothing when none answers in time, because the rest is worth an answer. */
async function searchWarehouse(
  deps: SearchDeps,
  {
    q,
    namespace,
    limit,
  }: { q: string; namespace?: string | readonly string[] | undefined; limit: number },
  gone: AbortSignal,
): Promise<InWarehouse> {
  const request = { q, namespace, limit: limit + 1 };
  const signal = AbortSignal.any([gone, AbortSignal.timeout(WAREHOUSE_TIMEOUT_MS)]);
  try {
    return await call(deps, 'search-warehouse', request, signal);
  } catch (error) {
    gone.throwIfAborted();
    deps.log.warn({ err: coerceError(error) }, 'columns and files not searched');
    return NOTHING;
  }
}

function present(found: Found): Result {
  if (found.kind !== 'run') return found;
  const { runId, createdAt, disposition = null, ...rest } = found;
  return { ...rest, id: runId, disposition, created_at: createdAt.toISOString() };
}
