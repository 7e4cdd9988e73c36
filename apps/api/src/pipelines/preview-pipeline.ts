import { NotFoundError, UnavailableError } from '@rat/domain';
import { toDefinition } from '@rat/pipelines';
import { handleOperation, type HandledOperation } from '../http/operation.ts';
import { sendAnswer } from '../runner-client/send-answer.ts';
import type { PipelineDeps } from './pipeline-deps.ts';
import { toSource } from './validate-pipeline.ts';

/**
 * POST /api/v1/pipelines/preview: runs a pipeline that is not stored, in a sandbox of a runner that
 * writes nothing, and answers its first rows. A mistake is a 422 with its place in the author's
 * file. The runner stops when the client leaves.
 */
export function previewPipelineRoute(deps: PipelineDeps): HandledOperation<'previewPipeline'> {
  return handleOperation('previewPipeline', async (req, res, { body }) => {
    const source = toSource(body);
    const { config, qualityTests } = toDefinition(source, await deps.definer.inspect(source));
    const asked = {
      pipeline: source.ref,
      sql: source.sql,
      config,
      qualityTests,
      limit: body.limit,
      ...(body.sample_files === undefined ? {} : { sampleFiles: body.sample_files }),
      explain: body.explain,
      runTests: body.run_tests,
      compare: body.compare,
      client: `preview ${req.ip ?? ''}`,
    };
    try {
      await sendAnswer(deps, 'preview-pipeline', asked, res);
    } catch (error) {
      if (!(error instanceof NotFoundError)) throw error;
      // During an upgrade a runner of the old version may be the only one.
      const message = 'no runner is live that previews pipelines; try again later';
      throw new UnavailableError(message, { cause: error });
    }
  });
}
