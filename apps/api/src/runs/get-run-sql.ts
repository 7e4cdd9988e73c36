import { qualityTest, type RunSqlAnswer } from '@rat/contracts';
import { versionFiles } from '@rat/pipelines';
import { getRunSql } from '@rat/store';
import { z } from 'zod';
import { handleOperation, type HandledOperation } from '../http/operation.ts';
import { parseRunId } from './parse-run-id.ts';
import type { RunDeps } from './run-deps.ts';

/** GET /api/v1/runs/{id}/sql: the SQL as its author wrote it, and as an attempt executed it. */
export function getRunSqlRoute(deps: RunDeps): HandledOperation<'getRunSql'> {
  return handleOperation('getRunSql', async (req, res) => {
    const found = await getRunSql(deps.db, parseRunId(req.params.id));
    const { sql, executed } = found;
    const qualityTests = z.array(qualityTest).parse(found.qualityTests);
    const answer: RunSqlAnswer = {
      pipeline_version: found.pipelineVersion,
      source: versionFiles({ sql, qualityTests }),
      attempt: executed?.attempt ?? null,
      compiled: executed?.compiled ?? null,
      statements: (executed?.statements ?? []).map(({ durationMs, ...statement }) => ({
        ...statement,
        ...(durationMs === undefined ? {} : { duration_ms: durationMs }),
      })),
      truncated: executed?.isTruncated ?? false,
    };
    res.json(answer);
  });
}
