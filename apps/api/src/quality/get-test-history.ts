import { pipelineConfig, qualityTest, type TestHistory } from '@rat/contracts';
import { InputError, isSlug, NotFoundError } from '@rat/domain';
import { listTests } from '@rat/pipelines';
import { getPipeline, listTestHistory, type PipelineRow } from '@rat/store';
import { z } from 'zod';
import type { QualityDeps } from './quality-deps.ts';
import { handleOperation, type HandledOperation } from '../http/operation.ts';
import { parsePipelineParams } from '../pipelines/parse-pipeline-params.ts';
import { presentHistoryEntry } from './present-quality.ts';

/**
 * GET /api/v1/pipelines/{namespace}/{layer}/{name}/tests/{test}/history: a page of the test's
 * results, newest first. A test that only earlier versions have keeps its history; a test that no
 * version has is a 404.
 */
export function getTestHistoryRoute(deps: QualityDeps): HandledOperation<'getTestHistory'> {
  return handleOperation('getTestHistory', async (req, res, { query }) => {
    const ref = parsePipelineParams(req.params);
    const { test } = req.params;
    if (!isSlug(test)) throw new InputError('test must be a lowercase slug');
    const pipeline = await getPipeline(deps.db, ref);
    const page = await listTestHistory(deps.db, ref, { ...query, testName: test });
    if (page.total === 0 && !hasTest(pipeline, test)) throw new NotFoundError('test not found');
    const answer: TestHistory = {
      results: page.results.map(presentHistoryEntry),
      total: page.total,
    };
    res.json(answer);
  });
}

function hasTest({ config, qualityTests }: PipelineRow, name: string): boolean {
  const tests = listTests(pipelineConfig.parse(config), z.array(qualityTest).parse(qualityTests));
  return tests.some((test) => test.name === name);
}
