import type { InputsAnswer } from '@rat/contracts';
import type { Statement, TableEngine, TableInput } from '@rat/engine';
import { landingZoneVariable } from '@rat/pipelines';
import { EMPTY_FILE } from '../executor-protocol/attempt-folders.ts';
import type { PlannedTest, RunPlan } from './plan-run.ts';

/** Rewrites the statements of one execution, and notes which empty files they open. */
class EmptyZoneReader {
  readonly stillRead = new Set<string>();
  readonly #engine: TableEngine;
  readonly #lists: Readonly<Record<string, string>>;

  constructor(engine: TableEngine, zones: readonly string[]) {
    this.#engine = engine;
    this.#lists = Object.fromEntries(zones.map((zone) => [landingZoneVariable(zone), zone]));
  }

  read(statement: Statement): Statement {
    const read = this.#engine.readEmptyLists(statement, this.#lists);
    for (const variable of read.stillRead) this.stillRead.add(variable);
    return read.statement;
  }

  test(test: PlannedTest): PlannedTest {
    if (!('query' in test.asks)) return test;
    return { ...test, asks: { ...test.asks, query: this.read(test.asks.query) } };
  }
}

/**
 * Lets statements and tests read zones without files as no rows of the columns that the zones
 * expect. Returns both with the file lists that fit the new statements. Without such a zone,
 * everything stays as it is.
 */
export function readEmptyZones<Plan extends Pick<RunPlan, 'tests'> & Partial<RunPlan>>(
  engine: TableEngine,
  plan: Plan,
  inputs: InputsAnswer,
): { plan: Plan; inputs: InputsAnswer } {
  const zones = Object.keys(inputs.emptyZones ?? {});
  if (zones.length === 0) return { plan, inputs };
  const reader = new EmptyZoneReader(engine, zones);
  const { statements, result, tests } = plan;
  const replaced = {
    ...plan,
    ...(statements && { statements: statements.map((one) => reader.read(one)) }),
    ...(result && { result: reader.read(result) }),
    tests: tests.map((test) => reader.test(test)),
  };
  const lists = zones.map((zone): [string, string[]] => {
    const isRead = reader.stillRead.has(landingZoneVariable(zone));
    return [zone, isRead ? [`${zone}/${EMPTY_FILE}`] : []];
  });
  const landingZones = { ...inputs.landingZones, ...Object.fromEntries(lists) };
  return { plan: replaced, inputs: { ...inputs, landingZones } };
}

/** The inputs that stand for the zones without files. */
export function emptyZoneInputs(
  engine: TableEngine,
  { emptyZones = {} }: InputsAnswer,
): Record<string, TableInput> {
  const found = Object.entries(emptyZones).map(([zone, columns]) =>
    engine.emptyInputs(zone, columns),
  );
  return Object.assign({}, ...found) as Record<string, TableInput>;
}
