import { InputError, isLayer, isSlug, NotFoundError, type PipelineRef } from '@rat/domain';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** The id of a path. Throws NotFoundError for text that is no id, as for an unknown one. */
export function parseScheduleId(text: string): string {
  if (!UUID.test(text)) throw new NotFoundError('schedule not found');
  return text.toLowerCase();
}

const NAME_MAX = 64;

/** The pipeline and the name of a path. Throws InputError for names that cannot be. */
export function parseScheduleName(params: {
  namespace: string;
  layer: string;
  name: string;
  schedule: string;
}): { pipeline: PipelineRef; name: string } {
  const { namespace, layer, name, schedule } = params;
  if (!isSlug(namespace) || !isSlug(name)) {
    throw new InputError(
      'namespace and name must be a lowercase slug (a-z, 0-9, hyphens, underscores; must start with a letter)',
    );
  }
  if (!isLayer(layer)) throw new InputError('layer must be bronze, silver, or gold');
  if (!isSlug(schedule) || schedule.length > NAME_MAX) {
    throw new InputError(
      `the name of a schedule must be a lowercase slug of at most ${NAME_MAX} characters`,
    );
  }
  return { pipeline: { namespace, layer, name }, name: schedule };
}
