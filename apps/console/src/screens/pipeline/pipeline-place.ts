import type { AnswerOf, ParamOf } from '@rat/contracts';
import { useQuery, type UseQueryResult } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { rat } from '../../client.ts';
import type { PipelineUrl } from '../../url/pipeline-url.ts';
import { LAYER_NAMES } from '../../url/pipelines-url.ts';

/** The address of a pipeline. */
export type Place = ParamOf<'getPipeline'>;

/** A pipeline with the tag that a later write of it must name. */
export interface TaggedPipeline {
  pipeline: AnswerOf<'getPipeline'>;
  etag: string;
}

const route = getRouteApi('/p/$namespace/$layer/$name');

/** The pipeline that the address names. A layer that does not exist is left to the API, which says so. */
export function usePlace(): Place {
  const { namespace, layer, name } = route.useParams();
  const known = LAYER_NAMES.find((one) => one === layer);
  return { namespace, layer: known ?? (layer as Place['layer']), name };
}

export function usePipelineUrl(): PipelineUrl {
  return route.useSearch();
}

export function printPlace({ namespace, layer, name }: Place): string {
  return `${namespace}.${layer}.${name}`;
}

/** The part of each key of the cache that names the pipeline. */
export function keyOf(place: Place): [string, string] {
  return ['pipeline', printPlace(place)];
}

export function usePipeline(place: Place): UseQueryResult<TaggedPipeline> {
  return useQuery({
    queryKey: [...keyOf(place), 'content'],
    queryFn: ({ signal }) => readPipeline(place, signal),
  });
}

/** Reads a pipeline with its tag, which stands in a header. */
export async function readPipeline(place: Place, signal?: AbortSignal): Promise<TaggedPipeline> {
  const response = await rat.pipelines.get.response(place, { signal });
  return {
    // The client types what it parses itself; this is the same answer.
    pipeline: (await response.json()) as TaggedPipeline['pipeline'],
    etag: response.headers.get('etag') ?? '',
  };
}
