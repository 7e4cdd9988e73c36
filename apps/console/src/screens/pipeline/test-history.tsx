import type { AnswerOf } from '@rat/contracts';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { rat } from '../../client.ts';
import { Answer } from '../../parts/answer.tsx';
import { Empty } from '../../parts/empty.tsx';
import { ListTable, type Column } from '../../parts/list-table.tsx';
import { RunLink } from '../../parts/run-link.tsx';
import { formatDuration, Time } from '../../time.tsx';
import { keyOf, type Place } from './pipeline-place.ts';
import styles from './test-history.module.css';
import { TestMark } from './test-mark.tsx';

type Result = AnswerOf<'getTestHistory'>['results'][number];

const COLUMNS: readonly Column<Result>[] = [
  { title: 'When', show: ({ at }) => <Time at={at} /> },
  { title: 'Result', show: ({ status }) => <TestMark status={status} /> },
  { title: 'Violations', as: 'number', show: ({ violations }) => violations },
  { title: 'Took', as: 'number', show: ({ duration_ms: ms }) => formatDuration(ms) },
  { title: 'Run', show: ({ run_id: id }) => <RunLink id={id} /> },
  { title: 'Why it could not run', as: 'words', show: ({ message }) => message },
];

/** The newest results of one test, and the first rows that the newest one with violations found. */
export function TestHistory({ place, test }: { place: Place; test: string }): ReactNode {
  const history = useQuery({
    queryKey: [...keyOf(place), 'test', test],
    queryFn: ({ signal }) =>
      rat.tests.history({ ...place, test }, { limit: 30 }, { signal }).first(),
  });
  return (
    <section className={styles.history} aria-label={`history of ${test}`}>
      <h2>{test}: the newest 30 results</h2>
      <Answer of={history} rows={4}>
        {({ results }) => {
          const bad = results.find(({ sample }) => sample.rows.length > 0);
          return results.length === 0 ? (
            <Empty title="No run has run this test yet" />
          ) : (
            <>
              {bad !== undefined && <Sample result={bad} />}
              <ListTable
                rows={results}
                columns={COLUMNS}
                keyOf={({ run_id: id, attempt }) => `${id}-${attempt}`}
                of={`results of ${test}`}
              />
            </>
          );
        }}
      </Answer>
    </section>
  );
}

type Numbered = readonly [place: number, row: readonly (string | null)[]];

function Sample({ result }: { result: Result }): ReactNode {
  const { columns, rows } = result.sample;
  const numbered = rows.map((row, place): Numbered => [place + 1, row]);
  return (
    <div className={styles.sample}>
      <h3>
        Rows that violate it, in run <RunLink id={result.run_id} />
      </h3>
      {result.remediation !== null && <p>{result.remediation}</p>}
      <ListTable
        rows={numbered}
        columns={[
          { title: '#', as: 'number', show: ([place]) => place },
          ...columns.map((title, place): Column<Numbered> => ({
            title,
            show: ([, row]) => row[place] ?? null,
          })),
        ]}
        keyOf={([place]) => String(place)}
        of="rows that violate the test"
      />
    </div>
  );
}
