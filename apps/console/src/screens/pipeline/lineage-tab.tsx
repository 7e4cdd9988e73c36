import type { ReactNode } from 'react';
import { LineageView } from '../../lineage/lineage-view.tsx';
import { printPlace, usePipelineUrl, usePlace } from './pipeline-place.ts';

/** What the pipeline reads and what reads its table. */
export function LineageTab(): ReactNode {
  const place = usePlace();
  const { up, down, view } = usePipelineUrl();
  const root = `pipeline:${printPlace(place)}`;
  return <LineageView root={root} namespace={place.namespace} up={up} down={down} view={view} />;
}
