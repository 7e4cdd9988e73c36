import { useMutation, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { AnswerOf } from '@rat/contracts';
import type { ReactNode } from 'react';
import { addressOf, shortId } from '../../parts/run-names.ts';
import { queries, rat } from '../../client.ts';
import { Answer } from '../../parts/answer.tsx';
import { useMay } from '../../parts/may.ts';
import { countOf } from '../../parts/numbers.ts';
import { PlanDialog } from '../../parts/plan-dialog.tsx';
import { Problem } from '../../parts/problem.tsx';
import { PlanFacts } from './plan-facts.tsx';
import { runKey, type RunFacts } from './run-facts.ts';

type Plan = Extract<AnswerOf<'revertRun'>, { dry_run: true }>;
type Tainted = Plan['tainted_runs'];

/** Takes back what a run published. The runs that have read its rows are shown before the press. */
export function RevertDialog({ run }: { run: RunFacts }): ReactNode {
  const mayRevert = useMay('author');
  if (!mayRevert) return null;
  return (
    <PlanDialog
      open="Revert…"
      title={`Make ${addressOf(run)} what it was before this run?`}
      act="Revert"
      reason="optional"
      onAct={async (reason) => {
        const done = await rat.runs.revert(run.id, { reason });
        return 'tainted_runs' in done ? done.tainted_runs : [];
      }}
      onRead={() => void queries.invalidateQueries({ queryKey: runKey(run.id) })}
      renderDone={(tainted) => <Reverted tainted={tainted} />}
    >
      <RevertPlan run={run} />
    </PlanDialog>
  );
}

function RevertPlan({ run }: { run: RunFacts }): ReactNode {
  const plan = useQuery({
    queryKey: runKey(run.id, 'revert-plan'),
    queryFn: async ({ signal }) =>
      // The request wants a plan.
      (await rat.runs.revert(run.id, { dry_run: true }, { signal })) as Plan,
    staleTime: 0,
  });
  return (
    <Answer of={plan} rows={4}>
      {(facts) => (
        <>
          {facts.tainted_runs.length > 0 && (
            <div>
              <strong>
                {countOf(facts.tainted_runs.length, 'run')} read the rows that are taken back:
              </strong>
              <TaintedRuns runs={facts.tainted_runs} />
            </div>
          )}
          <PlanFacts plan={facts} />
        </>
      )}
    </Answer>
  );
}

function TaintedRuns({ runs }: { runs: Tainted }): ReactNode {
  return (
    <ul>
      {runs.map((tainted) => (
        <li key={tainted.run_id}>
          <Link to="/runs/$runId" params={{ runId: tainted.run_id }}>
            {addressOf(tainted)} {shortId(tainted.run_id)}
          </Link>
        </li>
      ))}
    </ul>
  );
}

/** What was done, and the runs that should be run again on the rows that are there now. */
function Reverted({ tainted }: { tainted: Tainted }): ReactNode {
  const again = useMutation({
    mutationFn: () => rat.runs.rerunMany({ ids: tainted.slice(0, 200).map((run) => run.run_id) }),
  });
  return (
    <>
      <p>The table is what it was before this run.</p>
      {tainted.length > 0 && !again.isSuccess && (
        <p>
          {countOf(tainted.length, 'run')} had read its rows.{' '}
          <button type="button" disabled={again.isPending} onClick={() => again.mutate()}>
            Rerun those
          </button>
        </p>
      )}
      {again.isError && <Problem title="No run was made" error={again.error} />}
      {again.isSuccess && (
        <p>
          {countOf(again.data.runs.length, 'run')} made
          {again.data.refused.map(({ run_id: id, reason }) => (
            <span key={id}>
              {' '}
              · {shortId(id)} not: {reason}
            </span>
          ))}
        </p>
      )}
    </>
  );
}
