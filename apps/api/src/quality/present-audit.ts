import { pipelineConfig, qualityTest, type AuditAnswer } from '@rat/contracts';
import { NotFoundError, type PipelineRef, type Run } from '@rat/domain';
import { listTests, type PipelineTestDefinition } from '@rat/pipelines';
import { getVersion, listQualityResults, type Database } from '@rat/store';
import { z } from 'zod';

type AuditResult = AuditAnswer['results'][number];

/** The results of an ended audit. A test that the audit did not reach has the status `error`. */
export async function presentAudit(
  db: Database,
  pipeline: PipelineRef,
  run: Run,
): Promise<AuditAnswer> {
  const found = await listQualityResults(db, run.id);
  const results: AuditResult[] = found.map((result) => ({
    name: result.name,
    status: result.status,
    severity: result.severity,
    value: result.violations ?? null,
    expected: 0,
    duration_ms: result.durationMs,
  }));
  const reached = new Set(found.map(({ name }) => name));
  for (const { name, severity } of await testsOf(db, pipeline, run.pipelineVersion)) {
    if (reached.has(name)) continue;
    results.push({ name, status: 'error', severity, value: null, expected: 0, duration_ms: 0 });
  }
  const passed = results.filter(({ status }) => status === 'passed').length;
  const isVerdict = run.error === undefined || run.failure?.code === 'quality_failed';
  return {
    run_id: run.id,
    status: run.status,
    results,
    passed,
    failed: results.length - passed,
    total: results.length,
    ...(isVerdict ? {} : { error: run.error }),
  };
}

/** The tests of a version; none when the pipeline was deleted while its audit ran. */
async function testsOf(
  db: Database,
  pipeline: PipelineRef,
  version: number,
): Promise<PipelineTestDefinition[]> {
  try {
    const { config, qualityTests } = await getVersion(db, pipeline, version);
    return listTests(pipelineConfig.parse(config), z.array(qualityTest).parse(qualityTests));
  } catch (error) {
    if (!(error instanceof NotFoundError)) throw error;
    return [];
  }
}
