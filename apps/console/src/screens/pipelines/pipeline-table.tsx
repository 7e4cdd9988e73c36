import type { ReactNode } from 'react';
import { formatCount } from '../../parts/numbers.ts';
import { PipelineLink } from '../../parts/pipeline-link.tsx';
import { RunStrip } from '../../parts/run-strip.tsx';
import { markOf, StatusMark } from '../../parts/status-mark.tsx';
import { formatDuration, Time } from '../../time.tsx';
import type { PipelinePage } from './patch-health.ts';
import styles from './pipeline-table.module.css';
import { TestCount } from './test-count.tsx';

type Pipeline = PipelinePage['pipelines'][number];

/** Pipelines, one a row, by their address: a row keeps its place also when its runs change. */
export function PipelineTable({ pipelines }: { pipelines: readonly Pipeline[] }): ReactNode {
  return (
    <table className={styles.table}>
      <thead>
        <tr>
          <th scope="col">Pipeline</th>
          <th scope="col">Last run</th>
          <th scope="col" className={styles.stripHead}>
            Newest 30 runs
          </th>
          <th scope="col" className={styles.number}>
            p50
          </th>
          <th scope="col" className={styles.number}>
            p95
          </th>
          <th scope="col">Tests</th>
          <th scope="col">Next</th>
          <th
            scope="col"
            className={styles.number}
            title="of its table, after the run that changed it last"
          >
            Rows
          </th>
        </tr>
      </thead>
      <tbody>
        {pipelines.map((pipeline) => (
          <PipelineRow key={pipeline.id} pipeline={pipeline} />
        ))}
      </tbody>
    </table>
  );
}

function PipelineRow({ pipeline }: { pipeline: Pipeline }): ReactNode {
  const { layer, name, description, health } = pipeline;
  const last = health?.runs[0];
  const next = health?.next_fire_at ?? undefined;
  const rows = health?.table?.rows;
  return (
    <tr>
      <th scope="row" className={styles.name}>
        <PipelineLink of={pipeline} />
        {pipeline.version === 0 && <span className={styles.draft}>draft</span>}
        {description !== '' && <span className={styles.description}>{description}</span>}
      </th>
      <td className={styles.last}>
        {last === undefined ? (
          <Nothing />
        ) : (
          <>
            <span className={styles.mark}>
              <StatusMark mark={markOf(last)} />
            </span>
            <Time at={last.created_at} />
          </>
        )}
      </td>
      <td className={styles.strip}>
        <RunStrip runs={health?.runs ?? []} label={`newest runs of ${layer}.${name}`} />
      </td>
      <td className={styles.number} data-label="p50">
        <Duration ms={health?.p50_ms} />
      </td>
      <td className={styles.number} data-label="p95">
        <Duration ms={health?.p95_ms} />
      </td>
      <td data-label="tests">{health?.tests ? <TestCount tests={health.tests} /> : <Nothing />}</td>
      <td data-label="next">{next === undefined ? <Nothing /> : <Time at={next} />}</td>
      <td className={styles.number} data-label="rows">
        {rows === undefined ? <Nothing /> : formatCount(rows)}
      </td>
    </tr>
  );
}

function Duration({ ms }: { ms: number | null | undefined }): ReactNode {
  return ms === null || ms === undefined ? <Nothing /> : formatDuration(ms);
}

/** A cell without a value, which is not a zero. */
function Nothing(): ReactNode {
  return <span className={styles.nothing}>–</span>;
}
