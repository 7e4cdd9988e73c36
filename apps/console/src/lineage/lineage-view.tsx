import { Link, useNavigate } from '@tanstack/react-router';
import { lazy, Suspense, useMemo, type ReactNode } from 'react';
import { Answer } from '../parts/answer.tsx';
import { Empty } from '../parts/empty.tsx';
import { countOf, formatCount } from '../parts/numbers.ts';
import { Skeleton } from '../parts/skeleton.tsx';
import { HOPS, HOPS_DEFAULT, type LineageUrl } from '../url/lineage-url.ts';
import { findRoot, toBoxes, type LineageAnswer, type LineageBoxes } from './lineage-boxes.ts';
import { LineageTable } from './lineage-table.tsx';
import styles from './lineage-view.module.css';
import { useLineage, type LineageOf } from './use-lineage.ts';

/** More boxes than this are no picture that a person can read. */
const DRAWN_MAX = 200;

const LineageDrawing = lazy(async () => ({
  default: (await import('./lineage-drawing.tsx')).LineageDrawing,
}));

/**
 * Which pipelines, tables and landing zones the data flows through, as a graph or as a table.
 *
 * @example
 * <LineageView root="gold.revenue" namespace="default" up={2} down={2} view="table" />
 */
export function LineageView(of: LineageOf): ReactNode {
  const lineage = useLineage(of);
  return (
    <>
      <div className={styles.tools}>
        <nav aria-label="graph or table" className={styles.views}>
          <ViewLink view={undefined} shown={of.view} name="Graph" />
          <ViewLink view="table" shown={of.view} name="Table" />
        </nav>
        {of.root !== undefined && (
          <>
            <HopChoice which="up" hops={of.up} label="Pipelines above" />
            <HopChoice which="down" hops={of.down} label="below" />
          </>
        )}
      </div>
      <Answer of={lineage} rows={6}>
        {(answer) => <Loaded answer={answer} of={of} />}
      </Answer>
    </>
  );
}

function Loaded({ answer, of }: { answer: LineageAnswer; of: LineageOf }): ReactNode {
  const lineage = useMemo(() => toBoxes(answer), [answer]);
  const root =
    of.root === undefined
      ? undefined
      : findRoot(lineage.boxes, of.root, of.namespace ?? 'default')?.id;
  return (
    <>
      {answer.truncated && (
        <p className={styles.note}>
          More than {formatCount(lineage.boxes.length)} pipelines, tables and landing zones are this
          close; the others are left out.
        </p>
      )}
      {!answer.complete && (
        <p className={styles.note}>
          The inputs of some pipelines are not known yet. They are within a minute.
        </p>
      )}
      <Shown lineage={lineage} root={root} of={of} />
    </>
  );
}

function Shown({
  lineage,
  root,
  of,
}: {
  lineage: LineageBoxes;
  root: string | undefined;
  of: LineageOf;
}): ReactNode {
  const count = lineage.boxes.length;
  if (count === 0)
    return (
      <Empty title="There is no pipeline yet">
        <p>A pipeline appears here with what it reads once it is stored.</p>
      </Empty>
    );
  if (of.view === 'table') return <LineageTable lineage={lineage} root={root} />;
  if (count > DRAWN_MAX) return <TooMany count={count} hasRoot={of.root !== undefined} />;
  return (
    <Suspense fallback={<Skeleton rows={6} />}>
      <LineageDrawing lineage={lineage} root={root} />
    </Suspense>
  );
}

function TooMany({ count, hasRoot }: { count: number; hasRoot: boolean }): ReactNode {
  return (
    <Empty
      title={`${countOf(count, 'box', 'boxes')} are too many to read: the graph has at most ${DRAWN_MAX}`}
    >
      <p>
        {hasRoot
          ? 'Choose fewer pipelines above and below, or '
          : 'Choose a namespace at the top, open the lineage of one pipeline, or '}
        <Link to="." search={(before) => ({ ...before, view: 'table' }) as never}>
          show them as a table
        </Link>
        .
      </p>
    </Empty>
  );
}

function ViewLink({
  view,
  shown,
  name,
}: {
  view: LineageUrl['view'];
  shown: LineageUrl['view'];
  name: string;
}): ReactNode {
  return (
    <Link
      to="."
      search={(before) => ({ ...before, view })}
      resetScroll={false}
      aria-current={view === shown ? 'page' : undefined}
      className={`${styles.view} ${view === shown ? styles.shown : ''}`}
    >
      {name}
    </Link>
  );
}

function HopChoice({
  which,
  hops = HOPS_DEFAULT,
  label,
}: {
  which: 'up' | 'down';
  hops: number | undefined;
  label: string;
}): ReactNode {
  const navigate = useNavigate();
  return (
    <label className={styles.hops}>
      {label}
      <select
        value={hops}
        onChange={({ target }) => {
          const search = (before: object): never =>
            ({ ...before, [which]: Number(target.value) }) as never;
          void navigate({ to: '.', search, resetScroll: false });
        }}
      >
        {HOPS.map((count) => (
          <option key={count} value={count}>
            {count}
          </option>
        ))}
      </select>
    </label>
  );
}
