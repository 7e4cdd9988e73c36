import { getRouteApi } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { LineageView } from '../../lineage/lineage-view.tsx';
import { ScreenHead } from '../../parts/screen-head.tsx';
import { useNamespace } from '../../parts/use-namespace.ts';

const route = getRouteApi('/lineage');

/** The lineage around a root, or of all pipelines of a namespace. */
export function LineageScreen(): ReactNode {
  const { root, up, down, view } = route.useSearch();
  const namespace = useNamespace();
  return (
    <>
      <ScreenHead title={root === undefined ? 'Lineage' : `Lineage of ${root}`} />
      <LineageView root={root} namespace={namespace} up={up} down={down} view={view} />
    </>
  );
}
