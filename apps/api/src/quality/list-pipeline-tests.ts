import {
  builtInCheck,
  pipelineConfig,
  qualityTest,
  type PipelineTest,
  type PipelineTests,
} from '@rat/contracts';
import type { PipelineRef } from '@rat/domain';
import { listTests, type PipelineTestDefinition } from '@rat/pipelines';
import { findDraft, findLatestResults, getPipeline, type StoredQualityResult } from '@rat/store';
import { z } from 'zod';
import type { QualityDeps } from './quality-deps.ts';
import { handleOperation, type HandledOperation } from '../http/operation.ts';
import { toStoredSource } from '../pipelines/define-content.ts';
import { parsePipelineParams } from '../pipelines/parse-pipeline-params.ts';
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
    const tests = published
      ? listTests(pipelineConfig.parse(row.config), z.array(qualityTest).parse(row.qualityTests))
      : await testsOfDraft(deps, ref);
    const names = tests.map((test) => test.name);
    const latest = await findLatestResults(deps.db, ref, names);
    const answer: PipelineTests = {
      tests: tests.map((test) => ({ ...presentTest(test, latest.get(test.name)), published })),
      total: tests.length,
    };
    res.json(answer);
  });
}

async function testsOfDraft(
  { db, definer }: QualityDeps,
  ref: PipelineRef,
): Promise<PipelineTestDefinition[]> {
  const draft = await findDraft(db.pool, ref);
  if (draft === undefined) return [];
  const { config, qualityTests } = await definer.inspect(toStoredSource(ref, draft));
  return listTests(config, qualityTests);
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
    description: description ?? null,
    tags,
    remediation: remediation ?? null,
    last_result: last === undefined ? null : presentHistoryEntry(last),
  };
}
