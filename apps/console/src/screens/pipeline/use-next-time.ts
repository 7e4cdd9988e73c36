import { useQuery, type UseQueryResult } from '@tanstack/react-query';
import type { AnswerOf } from '@rat/contracts';
import { rat } from '../../client.ts';
import { keyOf, type Place } from './pipeline-place.ts';

export function useSchedules(place: Place): UseQueryResult<AnswerOf<'listSchedules'>> {
  const { namespace, layer, name } = place;
  return useQuery({
    queryKey: [...keyOf(place), 'schedules'],
    queryFn: ({ signal }) =>
      rat.schedules.list({ namespace, layer, pipeline: name, limit: 200 }, { signal }).first(),
    refetchInterval: 30_000,
  });
}

export function useTriggers(place: Place): UseQueryResult<AnswerOf<'listTriggers'>> {
  const { namespace, layer, name } = place;
  return useQuery({
    queryKey: [...keyOf(place), 'triggers'],
    queryFn: ({ signal }) =>
      rat.triggers.list({ namespace, layer, pipeline: name, limit: 200 }, { signal }).first(),
    refetchInterval: 30_000,
  });
}

/** When the pipeline runs next by a schedule; undefined when no time is known. */
export function useNextTime(place: Place): string | undefined {
  const { data } = useSchedules(place);
  const times = (data?.schedules ?? []).flatMap(({ next_fire_at: at }) => at ?? []);
  return times.toSorted()[0];
}
