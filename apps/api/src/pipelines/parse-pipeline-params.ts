import { InputError, isLayer, isSlug, type PipelineRef } from '@rat/domain';

/** The parameters of a pipeline's path. */
export interface PipelineParams {
  namespace: string;
  layer: string;
  name: string;
}

/** The pipeline of a path. Throws InputError when the path is not a valid pipeline name. */
export function parsePipelineParams(params: PipelineParams): PipelineRef {
  const { namespace, layer, name } = params;
  if (!isSlug(namespace) || !isSlug(name)) {
    throw new InputError(
      'namespace and name must be a lowercase slug (a-z, 0-9, hyphens, underscores; must start with a letter)',
    );
  }
  if (!isLayer(layer)) throw new InputError('layer must be bronze, silver, or gold');
  return { namespace, layer, name };
}
