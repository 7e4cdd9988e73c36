import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { rat } from '../../client.ts';
import type { TemplateNames } from '../../parts/complete-template.ts';
import { columnsNamedIn, tableNameIn } from '../../parts/sql-words.ts';
import { useSchema } from '../../parts/use-schema.ts';
import type { TaggedPipeline } from './pipeline-place.ts';
import type { Validation } from './use-validation.ts';

/** As many as the API answers with. */
const ZONES_MAX = 200;

/** What the editor offers in a text of a pipeline: columns and tables in SQL, names in the calls of its template. */
export function useCompletions(
  { namespace, config }: TaggedPipeline['pipeline'],
  answer: Validation['answer'],
  text: string,
): { words: string[]; names: TemplateNames } {
  const tables = useSchema().data?.tables;
  const zones = useQuery({
    queryKey: ['landing', 'zones', namespace],
    queryFn: ({ signal }) =>
      rat.landingZones.list({ namespace, limit: ZONES_MAX }, { signal }).first(),
  }).data?.landing_zones;
  const words = useMemo(() => {
    const made = (answer?.columns ?? []).map(({ name }) => name);
    const read = columnsNamedIn(namespace, tables ?? [], text);
    return [...new Set([...made, ...read, ...(answer?.refs ?? [])])];
  }, [namespace, tables, answer, text]);
  const names = useMemo(
    () => ({
      tables: (tables ?? []).map((table) => tableNameIn(namespace, table)),
      zones: (zones ?? []).map(({ name }) => name),
      params: Object.keys(answer?.declared_params ?? config.params ?? {}),
    }),
    [namespace, tables, zones, answer, config],
  );
  return { words, names };
}
