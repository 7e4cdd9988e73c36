import { pipelineConfig } from '@rat/contracts';
import {
  findParamProblems,
  UnprocessableError,
  type ParamSpecs,
  type ParamValues,
  type PipelineRef,
} from '@rat/domain';
import { getPipeline, type Database } from '@rat/store';

/**
 * Throws UnprocessableError for values that the pipeline does not declare, or of another type, and
 * NotFoundError for an unknown pipeline. The runner checks them again, against the version that it
 * executes.
 */
export async function refuseWrongParams(
  db: Database,
  ref: PipelineRef,
  params: ParamValues | undefined,
): Promise<void> {
  if (params === undefined) return;
  const { config } = await getPipeline(db, ref);
  refuseWrongValues(pipelineConfig.safeParse(config).data?.params, params);
}

/** The same for a pipeline whose parameters are known. */
export function refuseWrongValues(specs: ParamSpecs = {}, params: ParamValues = {}): void {
  const issues = findParamProblems(specs, params).map(({ name, message }) => ({
    path: name === '' ? 'params' : `params.${name}`,
    message,
  }));
  const [first] = issues;
  if (first !== undefined) throw new UnprocessableError(`${first.path} ${first.message}`, issues);
}
