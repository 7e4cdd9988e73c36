import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { Empty } from '../../parts/empty.tsx';
import type { PipelinesUrl } from '../../url/pipelines-url.ts';

/** Why the list is empty: its filters match nothing, or there is no pipeline. */
export function NoPipelines({ url }: { url: PipelinesUrl }): ReactNode {
  const { q, layer, offset, ns } = url;
  const filters = [
    ...(q === undefined ? [] : [`“${q}”`]),
    ...(layer === undefined ? [] : [`layer ${layer}`]),
    ...(offset === undefined ? [] : [`from number ${offset + 1}`]),
  ];
  const place = ns === undefined ? '' : ` in the namespace ${ns}`;
  if (filters.length === 0)
    return (
      <Empty title={`There is no pipeline yet${place}`}>
        <p>Load the demo, or apply a folder of pipelines:</p>
        <pre>npm run seed{'\n'}npm run apply -- examples/flights</pre>
      </Empty>
    );
  return (
    <Empty title={`No pipeline${place} matches ${filters.join(' and ')}`}>
      <Link to="/pipelines" search={{ ns }}>
        Clear the filters
      </Link>
    </Empty>
  );
}
