import type { DuckDBConnection } from '@duckdb/node-api';
import {
  INFORMATION_VIEWS,
  INTERNAL_SCHEMAS,
  INTERNAL_VIEWS,
  NEVER_MENTIONED,
  READS_FILES,
  REFUSED,
  REFUSED_AS_TABLE,
  type Refusal,
} from './classified-names.ts';
import {
  isNode,
  parseTree,
  textOf,
  treeNodes,
  type ParseTree,
  type TreeNode,
} from './parse-tree.ts';
import { partsOf, type SqlPart } from '../sql/tokenize-sql.ts';
import { explainedText } from '../sql/split-statements.ts';
import { offsetOfBytes } from '../sql/sql-position.ts';

/**
 * The kind of author's SQL: a query has no files; a pipeline and its tests have their landing
 * zones.
 */
export type StatementScope = 'pipeline' | 'query';

/** Why a statement may not run, and the position of the refused name. */
export interface NameRefusal {
  message: string;
  /** In UTF-16 units; undefined when the position is unknown. */
  offset: number | undefined;
}

/** Above this length the syntax tree costs too much memory; the tokens are checked instead. */
const TREE_MAX_LENGTH = 100_000;

const FILES_IN_QUERY: Refusal = {
  reason: 'a query reads tables, not files',
  instead: 'a pipeline reads the files of a landing zone',
};

/**
 * Refuses a statement that names a function or a view that is not classified as safe, before DuckDB
 * binds it.
 *
 * For a SELECT, DuckDB's own parser lists its calls. DuckDB does not serialize other statements, so
 * those are checked by their tokens: each name before a parenthesis, and each name or string that
 * could be a view of the engine. The token rules are stricter: a name that only looks like a call
 * is refused too.
 */
export async function refusalByNames(
  connection: DuckDBConnection,
  text: string,
  scope: StatementScope,
): Promise<NameRefusal | undefined> {
  const refused = findNul(text) ?? findMentioned(text);
  if (refused !== undefined) return refused;
  const explained = explainedText(text);
  if (explained !== undefined) {
    const inner = await refusalByNames(connection, explained, scope);
    const shift = text.length - explained.length;
    return (
      inner && { ...inner, offset: inner.offset === undefined ? undefined : inner.offset + shift }
    );
  }
  const parts = partsOf(text);
  const start = startOfSelect(parts);
  if (start === undefined || text.length - start > TREE_MAX_LENGTH) {
    return refusalByParts(parts, scope);
  }
  const select = text.slice(start);
  const tree = await parseTree(connection, select);
  if (tree.kind !== 'tree') return refusalByParts(parts, scope);
  const head = parts.filter(({ end }) => end <= start);
  return refusalByParts(head, scope) ?? refusalByTree(tree, select, start, scope);
}

/** DuckDB reads a statement only up to this character, and would run its beginning alone. */
function findNul(text: string): NameRefusal | undefined {
  const offset = text.indexOf('\0');
  if (offset < 0) return undefined;
  return { message: 'the character NUL is not allowed in SQL: write chr(0) for it', offset };
}

const MENTIONED = new RegExp(`(?<![\\w$])(?:${NEVER_MENTIONED.join('|')})(?![\\w$])`, 'i');

function findMentioned(text: string): NameRefusal | undefined {
  const found = MENTIONED.exec(text);
  if (found === null) return undefined;
  const name = found[0].toLowerCase();
  const { reason } = REFUSED.get(name) ?? { reason: 'it is internal to the engine' };
  return {
    message: `${name} is not allowed, not even in a comment: ${reason}`,
    offset: found.index,
  };
}

const SELECT_WORDS: ReadonlySet<string> = new Set(['select', 'with', 'from', 'values']);
const WITHOUT_SELECT: ReadonlySet<string> = new Set([
  'alter',
  'delete',
  'drop',
  'merge',
  'reset',
  'set',
  'update',
]);

/**
 * The offset of a statement's SELECT: the start for a SELECT, after `AS` for a table or view made
 * from one, after the target of an INSERT. Undefined for statements without one.
 */
function startOfSelect(parts: readonly SqlPart[]): number | undefined {
  const first = parts[0]?.name ?? '';
  if (first === 'create') {
    const as = parts.findIndex(({ name }) => name === 'as');
    return as < 0 ? undefined : parts[as + 1]?.start;
  }
  if (first === 'insert') return parts.find(({ name = '' }) => SELECT_WORDS.has(name))?.start;
  return WITHOUT_SELECT.has(first) ? undefined : 0;
}

/** Checks every call and every table of the syntax tree against the classified names. */
function refusalByTree(
  { root }: Extract<ParseTree, { kind: 'tree' }>,
  select: string,
  start: number,
  scope: StatementScope,
): NameRefusal | undefined {
  for (const node of treeNodes(root)) {
    const message = refusalOfNode(node, scope);
    if (message === undefined) continue;
    const location = Number(node['query_location']);
    const known = Number.isSafeInteger(location) && location >= 0;
    return { message, offset: known ? start + offsetOfBytes(select, location) : undefined };
  }
  return undefined;
}

function refusalOfNode(node: TreeNode, scope: StatementScope): string | undefined {
  const called = textOf(node, 'function_name');
  if (called !== undefined) {
    if (node['export_state'] === true) return 'EXPORT_STATE is not allowed';
    return refusalOfFunction(called.toLowerCase(), scope);
  }
  switch (node['type']) {
    case 'TABLE_FUNCTION': {
      const name = isNode(node['function']) ? textOf(node['function'], 'function_name') : undefined;
      return name === undefined ? undefined : refusalOfTableFunction(name.toLowerCase());
    }
    case 'SHOW_REF':
      return refusalOfShow(textOf(node, 'table_name') ?? '');
    case 'BASE_TABLE': {
      const table = textOf(node, 'table_name') ?? '';
      return refusalOfView(table.toLowerCase(), textOf(node, 'schema_name')?.toLowerCase());
    }
    default:
      return undefined;
  }
}

/**
 * SHOW commands that list the session, by the names of DuckDB's parser; `SHOW TABLES` is not among
 * them.
 */
const SHOWN_OF_SESSION: ReadonlySet<string> = new Set([
  '"databases"',
  '"schemas"',
  '"variables"',
  '__show_tables_expanded',
]);

function refusalOfShow(what: string): string | undefined {
  return SHOWN_OF_SESSION.has(what.toLowerCase()) ? SHOW_REFUSED : undefined;
}

const SHOW_REFUSED =
  'this SHOW is not allowed: it shows the session, not tables; SHOW TABLES and DESCRIBE are the safe ways';
const SHOW_WORDS: ReadonlySet<string> = new Set(['all', 'databases', 'schemas', 'variables']);

function refusalOfFunction(name: string, scope: StatementScope): string | undefined {
  const refused = REFUSED.get(name);
  if (refused !== undefined) return refusal(`${name}()`, refused);
  if (scope === 'query' && READS_FILES.has(name)) return refusal(`${name}()`, FILES_IN_QUERY);
  return undefined;
}

function refusalOfTableFunction(name: string): string | undefined {
  if (!REFUSED_AS_TABLE.has(name)) return undefined;
  return refusal(`${name}() as a table`, { reason: 'it reads a table whose name is a text' });
}

/** Schemas in which DuckDB finds its own views, in addition to the views' own schemas. */
const SEARCHED_SCHEMAS: ReadonlySet<string> = new Set(['main', 'system', 'temp', 'memory']);

const VIEW: Refusal = {
  reason: 'it shows the session, not tables',
  instead: 'DESCRIBE shows the columns of a table',
};

function refusalOfView(name: string, schema: string | undefined): string | undefined {
  if (schema !== undefined && INTERNAL_SCHEMAS.has(schema))
    return refusal(`${schema}.${name}`, VIEW);
  if (schema !== undefined && !SEARCHED_SCHEMAS.has(schema)) return undefined;
  return INTERNAL_VIEWS.has(name) ? refusal(name, VIEW) : undefined;
}

function refusal(name: string, { reason, instead }: Refusal): string {
  return `${name} is not allowed: ${reason}${instead === undefined ? '' : `; ${instead}`}`;
}

/**
 * Words before a name that the statement defines or fills; a parenthesis after it lists columns.
 */
const DEFINES: ReadonlySet<string> = new Set([
  'into',
  'table',
  'view',
  'exists',
  'references',
  'with',
  'recursive',
]);
const READS_TABLE: ReadonlySet<string> = new Set(['from', 'join', 'lateral', ',']);

/** Applies the strict token rules, for a statement without a tree. */
function refusalByParts(parts: readonly SqlPart[], scope: StatementScope): NameRefusal | undefined {
  for (const [index, { name, start }] of parts.entries()) {
    if (name === undefined) continue;
    const before = parts[index - 1];
    const behind = parts[index + 1]?.symbol;
    const message =
      behind === '('
        ? refusalOfCall(name, before?.symbol ?? before?.name ?? '', scope)
        : (refusalOfView(name, before?.symbol === '.' ? parts[index - 2]?.name : undefined) ??
          refusalOfSchema(name, behind, parts[index + 2]?.name));
    if (message !== undefined) return { message, offset: start };
    if (name === 'show' && SHOW_WORDS.has(parts[index + 1]?.name ?? '')) {
      return { message: SHOW_REFUSED, offset: start };
    }
  }
  return undefined;
}

function refusalOfCall(name: string, before: string, scope: StatementScope): string | undefined {
  if (DEFINES.has(before)) return undefined;
  const asTable = READS_TABLE.has(before) ? refusalOfTableFunction(name) : undefined;
  return asTable ?? refusalOfFunction(name, scope);
}

function refusalOfSchema(name: string, behind = '', view = ''): string | undefined {
  if (behind !== '.' || !INTERNAL_SCHEMAS.has(name)) return undefined;
  return name === 'pg_catalog' || INFORMATION_VIEWS.has(view)
    ? refusal(`${name}.${view}`, VIEW)
    : undefined;
}
