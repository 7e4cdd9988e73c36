import { InputError, isSlug, NotFoundError, type PipelineRef } from '@rat/domain';
import { parsePipelineParams, type PipelineParams } from '../pipelines/parse-pipeline-params.ts';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** The id of a path. Throws NotFoundError for text that is no id, as for an unknown one. */
export function parseTriggerId(text: string): string {
  if (!UUID.test(text)) throw new NotFoundError('trigger not found');
  return text.toLowerCase();
}

const NAME_MAX = 64;

/** The id in the place of a name; undefined for a name. */
export function findIdInName(text: string): string | undefined {
  return UUID.test(text) ? text.toLowerCase() : undefined;
}

/** The pipeline and the name of a path. Throws InputError for names that cannot be. */
export function parseTriggerName(params: PipelineParams & { trigger: string }): {
  pipeline: PipelineRef;
  name: string;
} {
  const { trigger, ...pipeline } = params;
  if (isSlug(trigger) && trigger.length <= NAME_MAX) {
    return { pipeline: parsePipelineParams(pipeline), name: trigger };
  }
  throw new InputError(
    `the name of a trigger must be a lowercase slug of at most ${NAME_MAX} characters`,
  );
}
