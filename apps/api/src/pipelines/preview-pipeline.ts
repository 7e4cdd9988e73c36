import type { RunnerRequest } from '@rat/contracts';
import { toDefinition, unprocessable, type PipelineSource } from '@rat/pipelines';
import { confinedTo } from '../http/caller.ts';
import { handleOperation, type HandledOperation } from '../http/operation.ts';
import { sendAnswer } from '../runner-client/send-answer.ts';
import type { Asker } from './content-checker.ts';
import type { PipelineDeps } from './pipeline-deps.ts';
import { withPlaces } from './present-issues.ts';
import { runInputsOf } from './run-inputs.ts';
import { toSource } from './validate-pipeline.ts';

/**
 * POST /api/v1/pipelines/preview: runs a pipeline that is not stored, in a sandbox of a runner that
 * writes nothing, and answers its first rows. A mistake is a 422 with its place in the author's
 * file, and so is a wrong value of a parameter. The runner stops when the client leaves.
 */
export function previewPipelineRoute(deps: PipelineDeps): HandledOperation<'previewPipeline'> {
  return handleOperation('previewPipeline', async (req, res, { body }) => {
    const source = toSource(body);
    const unsaved = await unsavedFrom(deps, source, { client: req.ip, mayRead: confinedTo(req) });
    const given = runInputsOf(body, unsaved.config.params);
    const asked = {
      ...unsaved,
      limit: body.limit,
      ...(body.sample_files === undefined ? {} : { sampleFiles: body.sample_files }),
      explain: body.explain,
      runTests: body.run_tests,
      compare: body.compare,
    };
    const sent =
      given === undefined
        ? sendAnswer(deps, 'preview-pipeline', asked, res)
        : sendAnswer(deps, 'preview-run', { ...asked, ...given }, res);
    await sent.catch((error: unknown) => {
      throw withPlaces(error, source);
    });
  });
}

type Preview = Pick<
  RunnerRequest<'preview-pipeline'>,
  'pipeline' | 'sql' | 'config' | 'qualityTests' | 'mayRead' | 'client'
>;

/**
 * What a runner needs of a pipeline that it is to preview. Throws UnprocessableError, which lists every
 * mistake in its templates and settings.
 */
export async function unsavedFrom(
  { definer }: PipelineDeps,
  source: PipelineSource,
  asker: Asker,
): Promise<Preview> {
  const { config, qualityTests } = toDefinition(source, await definer.inspect(source));
  return { ...definedBy(source, asker), config, qualityTests };
}

/** The name under which a test is checked that has none yet. */
const TEST = 'preview';

/**
 * What a runner needs to show the rows of a quality test in place of those of its pipeline. Throws
 * UnprocessableError with the mistakes of the test; those of the pipeline do not matter to it.
 */
export async function unsavedTest(
  { definer }: PipelineDeps,
  pipeline: PipelineSource,
  { sql, ...asker }: Asker & { sql: string },
): Promise<Preview> {
  const qualityTests = [{ name: TEST, sql }];
  const { config, issues, ...found } = await definer.inspect({ ...pipeline, qualityTests });
  const ofTest = issues.flatMap((issue) => {
    const path = pathInTest(issue.path);
    return path === undefined ? [] : [{ ...issue, path }];
  });
  // Without a mistake of its own, a test is missing only when the templates took too long.
  if (ofTest.length > 0) throw unprocessable(pipeline.ref, ofTest);
  if (found.qualityTests.length === 0) throw unprocessable(pipeline.ref, issues);
  return { ...definedBy({ ...pipeline, sql }, asker), config, qualityTests: [] };
}

/** The path of a mistake as in any preview, whose text is `sql`; undefined for one elsewhere. */
function pathInTest(path: string): string | undefined {
  const within = `quality_tests.${TEST}`;
  if (!path.startsWith(within)) return undefined;
  const rest = path.slice(within.length);
  return rest.startsWith(':') ? `sql${rest}` : 'sql';
}

function definedBy(
  { ref: pipeline, sql }: PipelineSource,
  { client = '', mayRead }: Asker,
): Omit<Preview, 'config' | 'qualityTests'> {
  const limit = mayRead === undefined ? {} : { mayRead: [...mayRead] };
  return { pipeline, sql, ...limit, client: `preview ${client}` };
}
