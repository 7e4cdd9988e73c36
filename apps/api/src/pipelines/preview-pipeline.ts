import type { RunnerRequest } from '@rat/contracts';
import { toDefinition, type PipelineSource } from '@rat/pipelines';
import { confinedTo } from '../http/caller.ts';
import { handleOperation, type HandledOperation } from '../http/operation.ts';
import { sendAnswer } from '../runner-client/send-answer.ts';
import type { Asker } from './content-checker.ts';
import type { PipelineDeps } from './pipeline-deps.ts';
import { withPlaces } from './present-issues.ts';
import { toSource } from './validate-pipeline.ts';

/**
 * POST /api/v1/pipelines/preview: runs a pipeline that is not stored, in a sandbox of a runner that
 * writes nothing, and answers its first rows. A mistake is a 422 with its place in the author's
 * file. The runner stops when the client leaves.
 */
export function previewPipelineRoute(deps: PipelineDeps): HandledOperation<'previewPipeline'> {
  return handleOperation('previewPipeline', async (req, res, { body }) => {
    const source = toSource(body);
    const asked = {
      ...(await unsavedFrom(deps, source, { client: req.ip, mayRead: confinedTo(req) })),
      limit: body.limit,
      ...(body.sample_files === undefined ? {} : { sampleFiles: body.sample_files }),
      explain: body.explain,
      runTests: body.run_tests,
      compare: body.compare,
    };
    await sendAnswer(deps, 'preview-pipeline', asked, res).catch((error: unknown) => {
      throw withPlaces(error, source);
    });
  });
}

type Preview = RunnerRequest<'preview-pipeline'>;

/**
 * What a runner needs of a pipeline that it is to preview. Throws UnprocessableError, which lists every
 * mistake in its templates and settings.
 */
export async function unsavedFrom(
  { definer }: PipelineDeps,
  source: PipelineSource,
  { client = '', mayRead }: Asker,
): Promise<Pick<Preview, 'pipeline' | 'sql' | 'config' | 'qualityTests' | 'mayRead' | 'client'>> {
  const { config, qualityTests } = toDefinition(source, await definer.inspect(source));
  const { ref: pipeline, sql } = source;
  const limit = mayRead === undefined ? {} : { mayRead: [...mayRead] };
  return { pipeline, sql, config, qualityTests, ...limit, client: `preview ${client}` };
}
