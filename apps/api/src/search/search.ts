import type { SearchAnswer } from '@rat/contracts';
import { isSlug } from '@rat/domain';
import { search, type Found } from '@rat/store';
import { handleOperation, type HandledOperation } from '../http/operation.ts';
import type { SearchDeps } from './search-deps.ts';

/** GET /api/v1/search: namespaces, pipelines, tables and runs that match a text. */
export function searchRoute(deps: SearchDeps): HandledOperation<'search'> {
  return handleOperation('search', async (_req, res, { query }) => {
    const { q, namespace, limit } = query;
    // Postgres cannot read a NUL, and no namespace matches a name that is not a slug.
    const matchesNone = q.includes('\0') || (namespace !== undefined && !isSlug(namespace));
    const found = matchesNone ? [] : await search(deps.db, query);
    const answer: SearchAnswer = {
      results: found.slice(0, limit).map(present),
      truncated: found.length > limit,
    };
    res.json(answer);
  });
}

function present(found: Found): SearchAnswer['results'][number] {
  if (found.kind !== 'run') return found;
  const { runId, createdAt, ...rest } = found;
  return { ...rest, id: runId, created_at: createdAt.toISOString() };
}
