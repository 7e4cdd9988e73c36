import { quotedIdentifier, quotedString } from '@duckdb/node-api';
import { parseColumnType, type Column } from '@rat/domain';
import type { EmptyLists, Statement } from '@rat/engine';
import { inputRelation } from '../sandbox/definition-gate.ts';
import { partsOf, type SqlPart } from '../sql/tokenize-sql.ts';

/** Table functions whose rows are those of the files, so that no file means no row. */
const READERS: ReadonlySet<string> = new Set([
  'read_csv',
  'read_csv_auto',
  'read_json',
  'read_json_auto',
  'read_ndjson',
  'read_ndjson_auto',
  'read_parquet',
  'parquet_scan',
]);

/** The column that the option `filename` adds. */
const FILENAME: Column = { name: 'filename', type: 'VARCHAR' };

/** The name of the input for readers with the option `filename`. */
const withFilename = (input: string): string => `${input}.filename`;

/**
 * The inputs that stand for an empty list of files with these columns: `input`, and a second one for
 * readers with the option `filename`. Throws TypeError for a type that is not in its plain spelling.
 */
export function emptyInputs(
  input: string,
  columns: readonly Column[],
): Record<string, { sql: string; files: string[] }> {
  const others = columns.filter(({ name }) => name.toLowerCase() !== FILENAME.name);
  return {
    [input]: { sql: noRows(columns), files: [] },
    [withFilename(input)]: { sql: noRows([...others, FILENAME]), files: [] },
  };
}

function noRows(columns: readonly Column[]): string {
  const values = columns.map(({ name, type }) => {
    if (parseColumnType(type) !== type) throw new TypeError(`${type} is no type of a column`);
    return `CAST(NULL AS ${type}) AS ${quotedIdentifier(name)}`;
  });
  return `SELECT ${values.join(', ')} WHERE false`;
}

/**
 * Replaces each reader of an empty list of files, `read_csv(getvariable('…'), …)`, by the input that
 * stands for it: DuckDB refuses to read no file, and a file without rows has no types. `lists`:
 * the input's name by the variable's.
 *
 * Every line and column behind the replaced reader stays where it was: errors name them. A reader with the option `columns` knows its columns and stays; its variable is in `stillRead`.
 */
export function readEmptyLists(
  statement: Statement,
  lists: Readonly<Record<string, string>>,
): EmptyLists {
  const { text } = statement;
  const parts = partsOf(text);
  const stillRead = new Set<string>();
  let replaced = '';
  let copied = 0;
  for (const [index, { name = '', start }] of parts.entries()) {
    if (!READERS.has(name) || parts[index - 1]?.symbol === '.') continue;
    const variable = variableOf(text, parts.slice(index + 1, index + 6));
    if (variable === undefined || !Object.hasOwn(lists, variable)) continue;
    const input = lists[variable] ?? '';
    const end = closingParenthesis(parts, index + 1);
    if (end === undefined) continue;
    const stop = parts[end]?.end ?? start;
    const options = optionsOf(parts.slice(index + 6, end + 1));
    const columns = options.get('columns');
    const filename = options.get(FILENAME.name);
    const valueOf = (option: Option): string => text.slice(option.start, option.end).trim();
    let reader: string;
    if (columns === undefined) {
      const hasFilename = filename !== undefined && filename.word !== 'false';
      reader = inputRelation(hasFilename ? withFilename(input) : input);
    } else {
      stillRead.add(variable);
      const added = filename === undefined ? '' : `,filename=${valueOf(filename)}`;
      const files = `getvariable(${quotedString(variable)})`;
      reader = `read_json(${files},columns=${valueOf(columns)}${added})`;
    }
    replaced += text.slice(copied, start) + padded(reader, text.slice(start, stop));
    copied = stop;
  }
  const whole = replaced + text.slice(copied);
  return { statement: { ...statement, text: whole }, stillRead: [...stillRead] };
}

/** The variable in `(getvariable('…')`; undefined for anything else. */
function variableOf(text: string, parts: readonly SqlPart[]): string | undefined {
  const [open, called, inner, variable, close] = parts;
  if (open?.symbol !== '(' || called?.name !== 'getvariable') return undefined;
  if (inner?.symbol !== '(' || close?.symbol !== ')') return undefined;
  return variable !== undefined && text[variable.start] === "'" ? variable.name : undefined;
}

/** The index of the parenthesis that closes the one at `open`. */
function closingParenthesis(parts: readonly SqlPart[], open: number): number | undefined {
  let depth = 0;
  for (let index = open; index < parts.length; index += 1) {
    const { symbol } = parts[index] ?? {};
    if (symbol === '(') depth += 1;
    if (symbol === ')') depth -= 1;
    if (depth === 0) return index;
  }
  return undefined;
}

/** The value of an option: its place in the text, and its first word. */
interface Option {
  start: number;
  end: number;
  word: string | undefined;
}

/**
 * The options of a reader, `name = value`, `name := value` or `name => value`, by name. `parts`: from
 * behind the first argument to the parenthesis that closes the reader.
 */
function optionsOf(parts: readonly SqlPart[]): Map<string, Option> {
  const options = new Map<string, Option>();
  let current: Option | undefined;
  let depth = 0;
  for (const [index, { symbol, name, start }] of parts.entries()) {
    const isOver = depth === 0 && (symbol === ',' || symbol === ')');
    if (isOver && current !== undefined) current.end = start;
    if (isOver) current = undefined;
    if (symbol === '(' || symbol === '{' || symbol === '[') depth += 1;
    if (symbol === ')' || symbol === '}' || symbol === ']') depth -= 1;
    if (depth > 0 || name === undefined || parts[index - 1]?.symbol !== ',') continue;
    let value = index + 1;
    while (/^[:=>]$/.test(parts[value]?.symbol ?? '')) value += 1;
    const first = parts[value];
    if (value === index + 1 || first === undefined) continue;
    current = { start: first.start, end: first.end, word: first.name };
    options.set(name, current);
  }
  return options;
}

/** Fills up with blanks and keeps line feeds, so that later lines and columns stay. */
function padded(relation: string, replaced: string): string {
  const firstLine = replaced.search(/[\r\n]/);
  const from = firstLine < 0 ? relation.length : Math.min(relation.length, firstLine);
  return relation + replaced.slice(from).replaceAll(/[^\r\n]/g, ' ');
}
