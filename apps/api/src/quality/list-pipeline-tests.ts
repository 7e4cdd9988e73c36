import {
  builtInCheck,
  pipelineConfig,
  qualityTest,
  type PipelineTest,
  type PipelineTests,
} from '@rat/contracts';
import { listTests, type PipelineTestDefinition } from '@rat/pipelines';
import { findLatestResults, getPipeline, type StoredQualityResult } from '@rat/store';
import { z } from 'zod';
import type { QualityDeps } from './quality-deps.ts';
import { handleOperation, type HandledOperation } from '../http/operation.ts';
import { parsePipelineParams } from '../pipelines/parse-pipeline-params.ts';
import { presentHistoryEntry } from './present-quality.ts';

/**
 * GET /api/v1/pipelines/{namespace}/{layer}/{name}/tests: the current version's tests, each with
 * its newest result.
 */
export function listPipelineTestsRoute(deps: QualityDeps): HandledOperation<'listPipelineTests'> {
  return handleOperation('listPipelineTests', async (req, res) => {
    const ref = parsePipelineParams(req.params);
    const row = await getPipeline(deps.db, ref);
    const tests = listTests(
      pipelineConfig.parse(row.config),
      z.array(qualityTest).parse(row.qualityTests),
    );
    const names = tests.map((test) => test.name);
    const latest = await findLatestResults(deps.db, ref, names);
    const answer: PipelineTests = {
      tests: tests.map((test) => presentTest(test, latest.get(test.name))),
      total: tests.length,
    };
    res.json(answer);
  });
}

function presentTest(
  { name, severity, description, tags, remediation, asks }: PipelineTestDefinition,
  last: StoredQualityResult | undefined,
): PipelineTest {
  return {
    name,
    kind: 'sql' in asks ? 'sql' : builtInCheck(asks.builtIn).kind,
    severity,
    description: description ?? null,
    tags,
    remediation: remediation ?? null,
    last_result: last === undefined ? null : presentHistoryEntry(last),
  };
}
