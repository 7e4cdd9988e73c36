import { StatementType } from '@duckdb/node-api';
import { leadingWords } from '../sql/split-statements.ts';

/**
 * The kinds of statement that authors may use: they read inputs and create objects in the session's
 * own memory. DuckDB's type of the prepared statement decides, because the text can disguise it;
 * every other kind is refused. COPY must be: an input file is readable, and DuckDB's allow-list
 * does not distinguish reading from writing.
 */
const ALLOWED: Record<keyof typeof StatementType, boolean> = {
  SELECT: true,
  EXPLAIN: true,
  INSERT: true,
  UPDATE: true,
  DELETE: true,
  MERGE_INTO: true,
  CREATE: true,
  CREATE_FUNC: true,
  ALTER: true,
  DROP: true,
  // Only SET VARIABLE is allowed, see below.
  SET: false,
  VARIABLE_SET: false,
  ANALYZE: false,
  ATTACH: false,
  CALL: false,
  COPY: false,
  COPY_DATABASE: false,
  DETACH: false,
  EXECUTE: false,
  EXPORT: false,
  EXTENSION: false,
  INVALID: false,
  LOAD: false,
  LOGICAL_PLAN: false,
  MULTI: false,
  PRAGMA: false,
  PREPARE: false,
  RELATION: false,
  TRANSACTION: false,
  UPDATE_EXTENSIONS: false,
  VACUUM: false,
};

/**
 * Refused by their first word, so that the message names it instead of an earlier error of DuckDB.
 */
const REFUSED_WORDS: ReadonlySet<string> = new Set([
  'attach',
  'begin',
  'call',
  'checkpoint',
  'commit',
  'copy',
  'detach',
  'execute',
  'export',
  'import',
  'install',
  'load',
  'pragma',
  'prepare',
  'rollback',
  'use',
  'vacuum',
]);

/**
 * Why an author may not run a statement that begins like this; undefined when it may go on to the
 * gate.
 */
export function refusalByWords(text: string): string | undefined {
  const [first = '', ...rest] = leadingWords(text, 6);
  if (REFUSED_WORDS.has(first)) return refusal(first.toUpperCase());
  if (first === 'set' || first === 'reset') {
    return rest[0] === 'variable' ? undefined : refusal(`${first.toUpperCase()} of a setting`);
  }
  const created = rest.find((word) => !CREATE_MODIFIERS.has(word));
  if (first === 'create' && created === 'secret') return refusal('CREATE SECRET');
  return undefined;
}

const CREATE_MODIFIERS: ReadonlySet<string> = new Set([
  'or',
  'replace',
  'temp',
  'temporary',
  'persistent',
]);

/** Why an author may not run a statement of this prepared type; undefined when it is allowed. */
export function refusalByType(type: StatementType, text: string): string | undefined {
  const kind = kindOf(type);
  if (kind !== undefined && ALLOWED[kind]) return undefined;
  const isSet = type === StatementType.SET || type === StatementType.VARIABLE_SET;
  if (isSet && leadingWords(text, 2)[1] === 'variable') return undefined;
  return refusal(kind ?? 'this statement');
}

/** The name of a statement type; undefined for one that DuckDB's type list lacks. */
function kindOf(type: StatementType): keyof typeof ALLOWED | undefined {
  const name: string = StatementType[type] ?? '';
  return isKind(name) ? name : undefined;
}

function isKind(name: string): name is keyof typeof ALLOWED {
  return Object.hasOwn(ALLOWED, name);
}

function refusal(what: string): string {
  return `${what} is not allowed: statements may read their inputs and work in memory`;
}
