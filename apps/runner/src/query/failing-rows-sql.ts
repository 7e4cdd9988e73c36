import type { FailingRowsCommand } from '@rat/contracts';
import { InputError, quoteIdentifier } from '@rat/domain';
import type { TableEngine } from '@rat/engine';
import { BuiltInTestError, compileBuiltInTest, compileInTime, TemplateError } from '@rat/pipelines';

/**
 * The query for the rows that a quality test finds, from `offset` on. The rows are sorted, so that two
 * pages have no row in common. Throws InputError for a test that cannot be asked like this.
 *
 * @example
 * failingRowsSql(engine, command); // 'SELECT * FROM (…) ORDER BY ALL OFFSET 100'
 */
export function failingRowsSql(
  engine: Pick<TableEngine, 'splitStatements'>,
  command: FailingRowsCommand,
): string {
  const [query] = engine.splitStatements(compile(command));
  if (query === undefined) throw new InputError('the test has no statement');
  return `SELECT * FROM (\n${query.text}\n) ORDER BY ALL OFFSET ${command.offset}`;
}

function compile(command: FailingRowsCommand): string {
  const { asks, pipeline, runStartedAt, isIncremental, columns, columnsOfTables } = command;
  const relation = (name: string): string => name.split('.').map(quoteIdentifier).join('.');
  try {
    if ('builtIn' in asks) {
      return compileBuiltInTest(asks.builtIn, {
        pipeline,
        runStartedAt,
        columns,
        columnsOfTables: new Map(Object.entries(columnsOfTables)),
        relation,
        mainRows: command.mainRows,
      });
    }
    const context = { pipeline, runStartedAt, isIncremental, relation };
    const { sql, landingZones } = compileInTime(asks.sql, context);
    if (landingZones.length === 0) return sql;
  } catch (error) {
    const isAuthors = error instanceof BuiltInTestError || error instanceof TemplateError;
    if (!isAuthors) throw error;
    throw new InputError(error.message, [], { cause: error });
  }
  throw new InputError(
    'the test reads files of a landing zone, which may have gone since: its sample is in the results of the run',
  );
}
