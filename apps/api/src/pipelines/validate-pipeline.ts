import type { RatedIssue, RunnerRequest, RunnerResponse, ValidateAnswer } from '@rat/contracts';
import {
  formatRef,
  LimitError,
  NotFoundError,
  UnavailableError,
  type Issue,
  type PipelineRef,
} from '@rat/domain';
import type { PipelineSource } from '@rat/pipelines';
import { confinedTo } from '../http/caller.ts';
import { clientGone } from '../http/client-gone.ts';
import { handleOperation, type HandledOperation } from '../http/operation.ts';
import { call } from '../runner-client/call.ts';
import { findCycleIssue } from './find-cycle-issue.ts';
import type { PipelineDeps } from './pipeline-deps.ts';
import { presentChecked, rate } from './present-issues.ts';

/**
 * POST /api/v1/pipelines/validate: what is wrong with a pipeline that is not stored, and its
 * columns. Templates and settings are checked here, SQL by a runner. SQL is checked unless its own
 * template is wrong.
 */
export function validatePipelineRoute(deps: PipelineDeps): HandledOperation<'validatePipeline'> {
  return handleOperation('validatePipeline', async (req, res, { body }) => {
    const source = toSource(body);
    const { config, qualityTests, inputs, params, issues } = await deps.definer.inspect(source);
    const found: RatedIssue[] = issues.map(rate);
    const mayRead = confinedTo(req);
    const graph = { graph: deps.db, definer: deps.definer, mayRead };
    const cycle = await findCycleIssue(graph, source, inputs.refs);
    if (cycle !== undefined) found.push(rate(cycle));
    let columns: ValidateAnswer['columns'] = [];
    if (!issues.some(isOfTemplate)) {
      const { ref: pipeline, sql } = source;
      const client = `validate ${req.ip ?? ''}`;
      // Settings that contradict each other would only lead to further, puzzling issues.
      const usable = issues.some(isOfSetting) ? {} : config;
      const limit = mayRead === undefined ? {} : { mayRead };
      const unsaved = { pipeline, sql, config: usable, qualityTests, ...limit, client };
      const checked = await askRunner(deps, unsaved, clientGone(res));
      found.push(...presentChecked(checked.issues, source));
      columns = checked.columns;
    }
    const answer: ValidateAnswer = {
      issues: [...found.filter(isError), ...found.filter((issue) => !isError(issue))],
      refs: inputs.refs.map(formatRef),
      landing_zones: inputs.landingZones,
      params,
      columns,
    };
    res.json(answer);
  });
}

/** Asks each runner at once; when all are busy, waits for a place. */
async function askRunner(
  deps: PipelineDeps,
  unsaved: Omit<RunnerRequest<'validate-pipeline'>, 'mayWait'>,
  signal: AbortSignal,
): Promise<RunnerResponse<'validate-pipeline'>> {
  const ask = (mayWait: boolean) =>
    call(deps, 'validate-pipeline', { ...unsaved, mayWait }, signal);
  try {
    return await ask(false).catch((error: unknown) => {
      if (error instanceof LimitError) return ask(true);
      throw error;
    });
  } catch (error) {
    if (!(error instanceof NotFoundError)) throw error;
    // During an upgrade a runner of the old version may be the only one.
    throw new UnavailableError('no runner is live that checks SQL; try again later', {
      cause: error,
    });
  }
}

/** The source of an unsaved pipeline, from the body of a request. */
export function toSource({
  ref,
  files,
}: {
  ref: PipelineRef;
  files: {
    sql: string;
    config?: unknown;
    quality_tests?: { name: string; sql: string }[] | undefined;
  };
}): PipelineSource {
  return {
    ref,
    sql: files.sql,
    config: files.config,
    // The definer parses every field of a test and reports the wrong ones.
    qualityTests: files.quality_tests,
  };
}

/** Whether an issue keeps the pipeline's SQL from being rendered. */
function isOfTemplate({ path }: Issue): boolean {
  return path === 'sql';
}

function isOfSetting({ path }: Issue): boolean {
  return path.startsWith('config') || path.startsWith('sql:@');
}

function isError({ severity }: RatedIssue): boolean {
  return severity === 'error';
}
