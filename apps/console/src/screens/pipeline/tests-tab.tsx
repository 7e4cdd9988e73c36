import type { AnswerOf } from '@rat/contracts';
import { useMutation, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { MouseEvent, ReactNode } from 'react';
import { messageOf, queries, rat } from '../../client.ts';
import { Answer } from '../../parts/answer.tsx';
import { Empty } from '../../parts/empty.tsx';
import { ListTable, type Column } from '../../parts/list-table.tsx';
import { useMay } from '../../parts/may.ts';
import { RunLink } from '../../parts/run-link.tsx';
import { Time } from '../../time.tsx';
import { keyOf, usePipelineUrl, usePlace } from './pipeline-place.ts';
import { TestHistory } from './test-history.tsx';
import { TestMark } from './test-mark.tsx';
import styles from './tests-tab.module.css';

type Test = AnswerOf<'listPipelineTests'>['tests'][number];

const COLUMNS: readonly Column<Test>[] = [
  {
    title: 'Test',
    show: ({ name, description }) => (
      <>
        <Link
          from="/p/$namespace/$layer/$name"
          to="."
          search={(before) => ({ ...before, test: before.test === name ? undefined : name })}
          resetScroll={false}
        >
          {name}
        </Link>
        {description !== '' && <span className={styles.description}>{description}</span>}
      </>
    ),
  },
  {
    title: 'Last result',
    show: ({ last_result: last }) => last && <TestMark status={last.status} />,
  },
  {
    title: 'Violations',
    as: 'number',
    show: ({ last_result: last }) => last?.violations ?? null,
  },
  { title: 'Kind', show: ({ kind }) => kind },
  {
    title: 'On failure',
    show: ({ severity }) => (severity === 'error' ? 'fails the run' : 'warns'),
  },
  {
    title: 'Run',
    show: ({ last_result: last }) =>
      last && (
        <>
          <RunLink id={last.run_id} /> <Time at={last.at} />
        </>
      ),
  },
];

/** The quality tests of the pipeline, each with its last result; the chosen one with its history. */
export function TestsTab(): ReactNode {
  const place = usePlace();
  const { test } = usePipelineUrl();
  const mayTest = useMay('operator');
  const tests = useQuery({
    queryKey: [...keyOf(place), 'tests'],
    queryFn: ({ signal }) => rat.tests.list(place, { signal }),
  });
  const audit = useMutation({
    mutationFn: (key: string) => rat.tests.run(place, { idempotencyKey: key }),
    onSettled: () => queries.invalidateQueries({ queryKey: keyOf(place) }),
  });
  const press = ({ detail }: MouseEvent): void => {
    if (detail <= 1 && !audit.isPending) audit.mutate(crypto.randomUUID());
  };
  return (
    <Answer of={tests} rows={6}>
      {({ tests: all }) =>
        all.length === 0 ? (
          <Empty title="This pipeline has no quality tests">
            <p>A test is a query for rows that should not exist. Write one under Code.</p>
          </Empty>
        ) : (
          <>
            {mayTest && (
              <p className={styles.audit}>
                <button type="button" aria-disabled={audit.isPending} onClick={press}>
                  Test the table as it is
                </button>
                <output>
                  {audit.isPending && 'The tests run…'}
                  {audit.isError && messageOf(audit.error)}
                  {audit.data && (
                    <>
                      Run <RunLink id={audit.data.run_id} />:{' '}
                      {audit.data.error ??
                        `${audit.data.passed ?? 0} of ${audit.data.total ?? 0} passed`}
                    </>
                  )}
                </output>
              </p>
            )}
            <ListTable rows={all} columns={COLUMNS} keyOf={({ name }) => name} of="tests" />
            {test !== undefined && <TestHistory key={test} place={place} test={test} />}
          </>
        )
      }
    </Answer>
  );
}
