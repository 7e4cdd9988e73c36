import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { rat } from '../../client.ts';
import { Answer } from '../../parts/answer.tsx';
import { ListTable, type Column } from '../../parts/list-table.tsx';
import { PipelineLink } from '../../parts/pipeline-link.tsx';
import { RunLink } from '../../parts/run-link.tsx';
import { StatusMark } from '../../parts/status-mark.tsx';
import { Time } from '../../time.tsx';
import { orderLineage, type LineageNode, type PlacedNode } from './lineage-order.ts';
import styles from './lineage-tab.module.css';
import { keyOf, printPlace, usePlace } from './pipeline-place.ts';

const HOPS = 2;

const COLUMNS: readonly Column<PlacedNode>[] = [
  { title: 'What', show: ({ node }) => <NodeName node={node} /> },
  { title: 'Where', show: whereIs },
  { title: 'Kind', show: ({ node }) => node.kind },
  {
    title: 'Last run',
    show: ({ node: { last_run: run } }) =>
      run && (
        <span className={styles.run}>
          <StatusMark mark={run.status} /> <RunLink id={run.id} /> <Time at={run.created_at} />
        </span>
      ),
  },
  {
    title: 'Fresh',
    show: ({ node }) => <Freshness node={node} />,
  },
  {
    title: 'Tests',
    as: 'words',
    show: ({ node: { quality } }) => quality && `${quality.passed} of ${quality.total} passed`,
  },
];

/** What the pipeline reads and what reads its table, two pipelines up and down. */
export function LineageTab(): ReactNode {
  const place = usePlace();
  const root = `pipeline:${printPlace(place)}`;
  const lineage = useQuery({
    queryKey: [...keyOf(place), 'lineage'],
    queryFn: ({ signal }) => rat.lineage.get({ root, up: HOPS, down: HOPS }, { signal }),
    refetchInterval: 30_000,
  });
  return (
    <Answer of={lineage} rows={6}>
      {(answer) => (
        <>
          {answer.truncated && (
            <p className={styles.note}>
              More than {answer.nodes.length} pipelines and tables are this close; the others are
              left out.
            </p>
          )}
          {!answer.complete && (
            <p className={styles.note}>
              The inputs of some pipelines are not known yet. They are within a minute.
            </p>
          )}
          <ListTable
            rows={orderLineage(answer, root)}
            columns={COLUMNS}
            keyOf={({ node }) => node.id}
            of="lineage of the pipeline"
          />
        </>
      )}
    </Answer>
  );
}

function NodeName({ node }: { node: LineageNode }): ReactNode {
  const { kind, namespace, layer, name } = node;
  if (kind === 'pipeline' && layer !== undefined)
    return <PipelineLink of={{ namespace, layer, name }} />;
  return layer === undefined ? `${namespace}/${name}` : `${layer}.${name}`;
}

function Freshness({ node }: { node: LineageNode }): ReactNode {
  if (!node.exists) return 'no such table';
  if (node.kind === 'landing') return null;
  if (node.stale_since === null) return 'up to date';
  return (
    <>
      stale since <Time at={node.stale_since} />
    </>
  );
}

/** How many pipelines lie between, in words. Edges alternate between pipelines and tables. */
function whereIs({ distance }: PlacedNode): string {
  if (distance === 0) return 'this pipeline';
  if (distance === 1) return 'its table';
  return distance < 0
    ? `↑ ${Math.ceil(-distance / 2)} above`
    : `↓ ${Math.floor(distance / 2)} below`;
}
