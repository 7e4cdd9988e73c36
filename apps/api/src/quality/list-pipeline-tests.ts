import { builtInCheck, type PipelineTest, type PipelineTests } from '@rat/contracts';
import type { PipelineTestDefinition } from '@rat/pipelines';
import { findLatestResults, getPipeline, type StoredQualityResult } from '@rat/store';
import type { QualityDeps } from './quality-deps.ts';
import { handleOperation, type HandledOperation } from '../http/operation.ts';
import { parsePipelineParams } from '../pipelines/parse-pipeline-params.ts';
import { findTests } from './find-tests.ts';
import { presentHistoryEntry } from './present-quality.ts';

/**
 * GET /api/v1/pipelines/{namespace}/{layer}/{name}/tests: the current version's tests, each with
 * its newest result. A pipeline without a version has those of its draft that have no mistake.
 */
export function listPipelineTestsRoute(deps: QualityDeps): HandledOperation<'listPipelineTests'> {
  return handleOperation('listPipelineTests', async (req, res) => {
    const ref = parsePipelineParams(req.params);
    const row = await getPipeline(deps.db, ref);
    const published = row.version > 0;
    const tests = await findTests(deps, ref, row);
    const names = tests.map((test) => test.name);
    const latest = await findLatestResults(deps.db, ref, names);
    const answer: PipelineTests = {
      tests: tests.map((test) => ({ ...presentTest(test, latest.get(test.name)), published })),
      total: tests.length,
    };
    res.json(answer);
  });
}

function presentTest(
  { name, severity, description, tags, remediation, asks }: PipelineTestDefinition,
  last: StoredQualityResult | undefined,
): Omit<PipelineTest, 'published'> {
  return {
    name,
    kind: 'sql' in asks ? 'sql' : builtInCheck(asks.builtIn).kind,
    sql: 'sql' in asks ? asks.sql : '',
    severity,
    description: description ?? '',
    tags,
    remediation: remediation ?? '',
    last_result: last === undefined ? null : presentHistoryEntry(last),
  };
}
