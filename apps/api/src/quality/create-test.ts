import type { CreateTestAnswer, QualityTest } from '@rat/contracts';
import type { PipelineRef } from '@rat/domain';
import { toDefinition } from '@rat/pipelines';
import { getPipeline } from '@rat/store';
import { handleOperation, type HandledOperation } from '../http/operation.ts';
import { parsePrecondition } from '../http/precondition.ts';
import { ContentChecker } from '../pipelines/content-checker.ts';
import { parsePipelineParams } from '../pipelines/parse-pipeline-params.ts';
import { parseVersionNote } from '../pipelines/parse-version-note.ts';
import { pipelinePrefix, testFile } from '../pipelines/pipeline-paths.ts';
import { revise } from '../pipelines/revise.ts';
import { idempotencyOf } from '../http/idempotency.ts';
import { addTest } from './change-tests.ts';
import type { QualityDeps } from './quality-deps.ts';

/** POST …/tests: 201 with a test that runs from now on, or from the first publish of its pipeline. */
export function createTestRoute(deps: QualityDeps): HandledOperation<'createTest'> {
  const checker = new ContentChecker(deps);
  return handleOperation('createTest', async (req, res, { body }) => {
    const ref = parsePipelineParams(req.params);
    const { message: _, requested_by: __, ...given } = body;
    const note = parseVersionNote(req, body);
    const { author, mayRead, message = `Adds the quality test ${given.name}` } = note;
    const test = await defineTest(deps, ref, {
      ...given,
      severity: given.severity ?? 'error',
      description: given.description ?? undefined,
    });
    const revised = await revise(
      deps,
      ref,
      (base) => addTest({ deps, ref }, base, test, { checker, client: req.ip, mayRead }),
      {
        author,
        message,
        mayRead,
        precondition: parsePrecondition(req),
        idempotency: idempotencyOf(req, deps, { operation: 'create test', ...ref, ...given }),
      },
    );
    const isReplayed = revised.kind === 'replayed';
    const { version } = isReplayed ? await getPipeline(deps.db, ref) : revised.pipeline;
    const answer: CreateTestAnswer = {
      name: test.name,
      severity: test.severity,
      path: pipelinePrefix(ref) + testFile(test.name),
      published: version > 0,
    };
    if (isReplayed) res.set('Idempotent-Replayed', 'true');
    res.status(201).json(answer);
  });
}

/** The test by itself, with what its annotations say. Throws UnprocessableError with its mistakes. */
async function defineTest(
  { definer }: QualityDeps,
  ref: PipelineRef,
  given: QualityTest,
): Promise<QualityTest> {
  const source = { ref, sql: 'SELECT 1', qualityTests: [given] };
  const { qualityTests } = toDefinition(source, await definer.inspect(source));
  return { ...given, ...qualityTests[0] };
}
