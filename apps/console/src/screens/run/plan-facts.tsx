import type { ReactNode } from 'react';
import { countOf, formatCount } from '../../parts/numbers.ts';
import styles from './activity-tab.module.css';

/** What a table would have after a publish or a revert. */
export function PlanFacts({
  plan,
}: {
  plan: { rows_before: number; rows_after: number; rows_added: number; rows_removed: number };
}): ReactNode {
  return (
    <dl className={styles.facts}>
      <div>
        <dt>rows now</dt>
        <dd>{formatCount(plan.rows_before)}</dd>
      </div>
      <div>
        <dt>rows then</dt>
        <dd>
          {formatCount(plan.rows_after)} ({countOf(plan.rows_added, 'row')} added,{' '}
          {formatCount(plan.rows_removed)} removed)
        </dd>
      </div>
    </dl>
  );
}
