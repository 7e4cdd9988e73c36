import { getRouteApi } from '@tanstack/react-router';
import { useMemo, type ReactNode } from 'react';
import { Answer } from '../../parts/answer.tsx';
import { countOf } from '../../parts/numbers.ts';
import { useNamespace } from '../../parts/use-namespace.ts';
import { NoPipelines } from './no-pipelines.tsx';
import { PageStep } from './page-step.tsx';
import { PipelineFilter } from './pipeline-filter.tsx';
import { PipelineTable } from './pipeline-table.tsx';
import styles from './pipelines-screen.module.css';
import { usePipelines } from './use-pipelines.ts';

const route = getRouteApi('/pipelines');

/** All pipelines with how their newest runs went. */
export function PipelinesScreen(): ReactNode {
  const namespace = useNamespace();
  const { q, layer, offset } = route.useSearch();
  const url = useMemo(() => ({ ns: namespace, q, layer, offset }), [namespace, q, layer, offset]);
  const page = usePipelines(url);
  return (
    <>
      <div className={styles.head}>
        <h1>Pipelines</h1>
        <PipelineFilter url={url} />
        <output className={styles.count}>
          {page.data && countOf(page.data.total, 'pipeline')}
        </output>
      </div>
      <Answer of={page} rows={12}>
        {({ pipelines, total }) =>
          pipelines.length === 0 ? (
            <NoPipelines url={url} />
          ) : (
            <>
              <PipelineTable pipelines={pipelines} />
              <PageStep url={url} shown={pipelines.length} total={total} />
            </>
          )
        }
      </Answer>
    </>
  );
}
