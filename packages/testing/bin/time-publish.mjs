/**
 * Preloaded into a runner: appends to RAT_MEASURE_FILE, a line for each publish, how many milliseconds its transaction
 * took, from BEGIN to the answer of COMMIT.
 */
import { appendFileSync } from 'node:fs';
import pg from 'pg';

const file = process.env.RAT_MEASURE_FILE;
const query = Reflect.get(pg.Client.prototype, 'query');
const transactions = new WeakMap();
pg.Client.prototype.query = function (statement, ...rest) {
  if (statement === 'BEGIN') transactions.set(this, { began: performance.now() });
  const transaction = transactions.get(this);
  if (statement?.name === 'publish-run' && transaction !== undefined) transaction.publishes = true;
  const answer = query.call(this, statement, ...rest);
  if (statement !== 'COMMIT' || transaction?.publishes !== true || file === undefined)
    return answer;
  return answer.then((result) => {
    appendFileSync(file, `${performance.now() - transaction.began}\n`);
    return result;
  });
};
