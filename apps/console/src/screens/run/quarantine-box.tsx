import { useQuery } from '@tanstack/react-query';
import type { AnswerOf } from '@rat/contracts';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { addressOf } from '../../parts/run-names.ts';
import { queries, rat } from '../../client.ts';
import { Answer } from '../../parts/answer.tsx';
import { useMay } from '../../parts/may.ts';
import { countOf } from '../../parts/numbers.ts';
import { PlanDialog } from '../../parts/plan-dialog.tsx';
import { Time } from '../../time.tsx';
import styles from './boxes.module.css';
import { PlanFacts } from './plan-facts.tsx';
import { runKey, type RunFacts } from './run-facts.ts';

type Plan = Extract<AnswerOf<'publishRun'>, { dry_run: true }>;

/** What became of the rows of a run beyond its status: they are kept for a decision, or a person has decided. */
export function QuarantineBox({ run }: { run: RunFacts }): ReactNode {
  const mayDecide = useMay('author');
  const last = run.actions.at(-1);
  if (run.disposition !== 'quarantined') {
    return (
      <section aria-label="what was decided" className={styles.box}>
        <p className={styles.facts}>
          <strong>Its rows were {run.disposition} by hand</strong>
          {last !== undefined && <Time at={last.at} />}
          {last !== undefined && last.reason !== null && (
            <span className={styles.quiet}>“{last.reason}”</span>
          )}
        </p>
      </section>
    );
  }
  return (
    <section aria-label="quarantine" className={`${styles.box} ${styles.quarantined}`}>
      <p className={styles.message}>{withoutRows(run.error ?? '')}</p>
      <p className={styles.facts}>
        {run.quarantine === null ? (
          <span>Its rows are kept no longer; the table is as it was before this run.</span>
        ) : (
          <>
            <span>{waitingRows(run)} on a branch; the table is as it was before this run.</span>
            {run.quarantine.kept_until !== null && (
              <span className={styles.quiet}>
                kept until <Time at={run.quarantine.kept_until} form="full" />
              </span>
            )}
            <CompareLink run={run} branch={run.quarantine.branch} />
            {mayDecide && <PublishDialog run={run} />}
            {mayDecide && <DiscardDialog run={run} />}
          </>
        )}
      </p>
    </section>
  );
}

function waitingRows({ phases }: RunFacts): string {
  const rows = phases.findLast(({ name }) => name === 'write')?.rows;
  if (rows === undefined || rows === null) return 'Its rows wait';
  return `${countOf(rows, 'row')} ${rows === 1 ? 'waits' : 'wait'}`;
}

/** What a publish would change: the branch against the table. A table without a version has nothing to compare with. */
function CompareLink({ run, branch }: { run: RunFacts; branch: string }): ReactNode {
  const { namespace, layer, pipeline: name } = run;
  const table = useQuery({
    queryKey: runKey(run.id, 'table'),
    queryFn: ({ signal }) => rat.tables.get({ namespace, layer, name }, { signal }),
  });
  if (table.data?.refs.some((ref) => ref.name === 'main') !== true) return null;
  return (
    <Link
      to="/t/$namespace/$layer/$name"
      params={{ namespace, layer, name }}
      search={{ tab: 'snapshots', from: 'main', to: branch }}
    >
      Compare
    </Link>
  );
}

/** The message names the first rows of each test, which the tests below show as a table. */
function withoutRows(message: string): string {
  return message
    .split('\n')
    .filter((line) => !line.startsWith('  '))
    .join('\n');
}

function PublishDialog({ run }: { run: RunFacts }): ReactNode {
  return (
    <PlanDialog
      open="Publish…"
      title={`Publish these rows into ${addressOf(run)}?`}
      act="Publish"
      reason="needed"
      onAct={(reason) => rat.runs.publish(run.id, { reason })}
      onRead={() => void queries.invalidateQueries({ queryKey: runKey(run.id) })}
      renderDone={() => <p>The rows are published, although tests had failed.</p>}
    >
      <PublishPlan run={run} />
    </PlanDialog>
  );
}

function PublishPlan({ run }: { run: RunFacts }): ReactNode {
  const plan = useQuery({
    queryKey: runKey(run.id, 'publish-plan'),
    queryFn: async ({ signal }) =>
      // The request wants a plan.
      (await rat.runs.publish(run.id, { dry_run: true }, { signal })) as Plan,
    staleTime: 0,
  });
  return (
    <Answer of={plan} rows={2}>
      {(facts) => <PlanFacts plan={facts} />}
    </Answer>
  );
}

function DiscardDialog({ run }: { run: RunFacts }): ReactNode {
  return (
    <PlanDialog
      open="Discard…"
      title="Discard the rows of this run?"
      act="Discard"
      reason="optional"
      onAct={(reason) => rat.runs.discard(run.id, { reason })}
      onRead={() => void queries.invalidateQueries({ queryKey: runKey(run.id) })}
      renderDone={() => <p>The rows are gone. The table is as it was before this run.</p>}
    >
      <p>They are removed for good. The table stays as it is.</p>
    </PlanDialog>
  );
}
