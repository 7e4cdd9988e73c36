import type { DoorAnswer, DoorQuestion, DoorVerb } from '@rat/contracts';
import type { LocalTableFiles } from '@rat/lakehouse';
import type { Database } from '@rat/store';
import type { QueryRunner } from '../query/query-runner.ts';
import { answerQueryQuestion } from './answer-query.ts';
import { getTable } from './get-table.ts';
import { listTableSummaries } from './list-table-summaries.ts';

/** What the answers are made from. */
export interface DoorDeps {
  db: Database;
  tables: LocalTableFiles;
  queries: QueryRunner;
}

/** An answer to every question there is; the signal aborts when nobody waits for it any more. */
export type DoorAnswers = {
  [V in DoorVerb]: (question: DoorQuestion<V>, signal: AbortSignal) => Promise<DoorAnswer<V>>;
};

export function doorAnswers(deps: DoorDeps): DoorAnswers {
  return {
    'list-tables': (question) => listTableSummaries(deps, question),
    'get-table': (question) => getTable(deps, question),
    query: (question, signal) => answerQueryQuestion(deps, question, signal),
  };
}
