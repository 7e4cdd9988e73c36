import { useMemo, type ReactNode } from 'react';
import { ListTable, type Column } from '../parts/list-table.tsx';
import { RunLink } from '../parts/run-link.tsx';
import { markOf, StatusMark } from '../parts/status-mark.tsx';
import { useNamespace } from '../parts/use-namespace.ts';
import { Time } from '../time.tsx';
import { BoxLink } from './box-link.tsx';
import { Freshness, kindOfBox, wordsOfFlow } from './box-words.tsx';
import {
  nameOfBox,
  type LineageBox,
  type LineageBoxes,
  type LineageFlow,
} from './lineage-boxes.ts';
import { orderLineage, type OrderedBox } from './lineage-order.ts';
import styles from './lineage-table.module.css';

interface Line extends OrderedBox {
  reads: readonly { flow: LineageFlow; source: LineageBox }[];
}

const WHERE: Column<Line> = { title: 'Where', show: whereIs };
const COLUMNS: readonly Column<Line>[] = [
  { title: 'What', show: ({ box }) => <BoxName box={box} /> },
  { title: 'Kind', show: ({ box }) => kindOfBox(box) },
  {
    title: 'Last run',
    show: ({ box: { run } }) =>
      run && (
        <span className={styles.run}>
          <StatusMark mark={markOf(run)} /> <RunLink id={run.id} /> <Time at={run.created_at} />
        </span>
      ),
  },
  { title: 'Fresh', show: ({ box }) => box.kind === 'pipeline' && <Freshness box={box} /> },
  { title: 'Reads', show: ({ reads }) => (reads.length === 0 ? null : <Reads reads={reads} />) },
  {
    title: 'Tests',
    as: 'words',
    show: ({ box: { quality } }) => quality && `${quality.passed} of ${quality.total} passed`,
  },
];

/** The facts of the graph, one line a box, each with what it reads. */
export function LineageTable({
  lineage,
  root,
}: {
  lineage: LineageBoxes;
  root: string | undefined;
}): ReactNode {
  const lines = useMemo(() => toLines(lineage, root), [lineage, root]);
  const [first, ...others] = COLUMNS;
  return (
    <ListTable
      rows={lines}
      columns={first !== undefined && root !== undefined ? [first, WHERE, ...others] : COLUMNS}
      keyOf={({ box }) => box.id}
      of="lineage"
    />
  );
}

function toLines(lineage: LineageBoxes, root: string | undefined): Line[] {
  const boxes = new Map(lineage.boxes.map((box) => [box.id, box]));
  return orderLineage(lineage, root).map((ordered) => ({
    ...ordered,
    reads: lineage.flows.flatMap((flow) => {
      const source = flow.to === ordered.box.id ? boxes.get(flow.from) : undefined;
      return source === undefined ? [] : [{ flow, source }];
    }),
  }));
}

function BoxName({ box }: { box: LineageBox }): ReactNode {
  const namespace = useNamespace();
  return (
    <>
      <BoxLink box={box}>{nameOfBox(box, namespace)}</BoxLink>
      {box.isInCycle && <span className={styles.quiet}> reads itself through others</span>}
    </>
  );
}

function Reads({ reads }: { reads: Line['reads'] }): ReactNode {
  const namespace = useNamespace();
  return (
    <ul className={styles.reads}>
      {reads.map(({ flow, source }) => {
        const words = wordsOfFlow(flow);
        return (
          <li key={`${flow.from} ${flow.kind}`}>
            {nameOfBox(source, namespace)}
            {words !== undefined && <span className={styles.quiet}> · {words}</span>}
          </li>
        );
      })}
    </ul>
  );
}

/** How many pipelines lie between, in words. */
function whereIs({ distance }: Line): string | null {
  if (distance === undefined) return null;
  if (distance === 0) return 'here';
  return distance < 0 ? `↑ ${-distance} above` : `↓ ${distance} below`;
}
