import { quoteText } from './sql-text.ts';

/** The types of a pipeline's parameters. */
export const PARAM_TYPES = [
  'date',
  'timestamp',
  'integer',
  'number',
  'boolean',
  'enum',
  'string',
] as const;
export type ParamType = (typeof PARAM_TYPES)[number];

/** The value of a parameter, as JSON has it. */
export type ParamValue = string | number | boolean;

/** What a pipeline says of one of its parameters. */
export interface ParamSpec {
  type: ParamType;
  /** Of a run that gives no value; without it, such a run has NULL. */
  default?: ParamValue | undefined;
  /** The words of an `enum`. */
  values?: readonly string[] | undefined;
}

/** The parameters of a pipeline by name. */
export type ParamSpecs = Readonly<Record<string, ParamSpec>>;

/** The values that a run gives, by name. */
export type ParamValues = Readonly<Record<string, ParamValue>>;

const TEXT_MAX = 1_000;

/** All values of a run together, as JSON. */
const VALUES_MAX = 16_384;

const DATE = /^\d{4}-\d\d-\d\d$/;
const TIMESTAMP = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:\d\d)$/;

/**
 * What is wrong with a value; undefined for one of the right type.
 *
 * @example
 * findParamProblem({ type: 'date' }, '2026-02-30'); // 'must be a date such as 2026-11-29'
 */
export function findParamProblem(spec: ParamSpec, value: ParamValue): string | undefined {
  switch (spec.type) {
    case 'date':
      return isDate(value) ? undefined : 'must be a date such as 2026-11-29';
    case 'timestamp':
      return typeof value === 'string' && TIMESTAMP.test(value) && isDate(value.slice(0, 10))
        ? undefined
        : 'must be a time with its zone such as 2026-11-29T12:00:00Z';
    case 'integer':
      return Number.isSafeInteger(value) ? undefined : 'must be a whole number';
    case 'number':
      return Number.isFinite(value) ? undefined : 'must be a number';
    case 'boolean':
      return typeof value === 'boolean' ? undefined : 'must be true or false';
    case 'enum': {
      const values = spec.values ?? [];
      const isOne = typeof value === 'string' && values.includes(value);
      return isOne ? undefined : `must be one of ${values.join(', ')}`;
    }
    case 'string':
      return typeof value === 'string' && value.length <= TEXT_MAX && !value.includes('\0')
        ? undefined
        : `must be a text of at most ${TEXT_MAX} characters`;
  }
}

/** A date of the calendar: JavaScript moves the 30th of February to March. */
function isDate(value: ParamValue): boolean {
  if (typeof value !== 'string' || !DATE.test(value)) return false;
  const at = new Date(`${value}T00:00:00Z`);
  return !Number.isNaN(at.getTime()) && at.toISOString().startsWith(value);
}

/** What is wrong with the values of a run: one entry a value, with its name. */
export function findParamProblems(
  specs: ParamSpecs,
  values: ParamValues,
): { name: string; message: string }[] {
  const problems = Object.entries(values).flatMap(([name, value]) => {
    const spec = Object.hasOwn(specs, name) ? specs[name] : undefined;
    const message = spec === undefined ? unknown(specs) : findParamProblem(spec, value);
    return message === undefined ? [] : [{ name, message }];
  });
  if (JSON.stringify(values).length <= VALUES_MAX) return problems;
  return [...problems, { name: '', message: `must be at most ${VALUES_MAX} bytes together` }];
}

function unknown(specs: ParamSpecs): string {
  const names = Object.keys(specs);
  if (names.length === 0) return 'is not known: the pipeline declares no params in its config.yaml';
  return `is not known: the pipeline declares ${names.join(', ')}`;
}

const SQL_TYPES: Record<ParamType, string> = {
  date: 'DATE',
  timestamp: 'TIMESTAMP WITH TIME ZONE',
  integer: 'BIGINT',
  number: 'DOUBLE',
  boolean: 'BOOLEAN',
  enum: 'VARCHAR',
  string: 'VARCHAR',
};

/** The SQL literal of a parameter: a value of its type, and never SQL of the one who gave it. */
export function paramLiteral(spec: ParamSpec, given: ParamValue | undefined): string {
  const value = given ?? spec.default;
  return `CAST(${value === undefined ? 'NULL' : quoteText(String(value))} AS ${SQL_TYPES[spec.type]})`;
}
