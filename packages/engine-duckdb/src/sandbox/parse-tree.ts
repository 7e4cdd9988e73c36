import type { DuckDBConnection } from '@duckdb/node-api';

/** The syntax tree of a SELECT from DuckDB's own parser; the query is not bound or run. */
export type ParseTree =
  | { kind: 'tree'; root: unknown }
  /** The text is no SQL. `position` counts code points; undefined when DuckDB has none. */
  | { kind: 'syntax error'; message: string; position: string | undefined }
  /** DuckDB serializes only SELECTs, and none with a PIVOT that finds its own columns. */
  | { kind: 'no tree' };

// By its full name, because authors may define macros.
const PARSE = 'SELECT system.main.json_serialize_sql($1::VARCHAR)';

/** Parses one statement on a connection that runs no author's statement. */
export async function parseTree(connection: DuckDBConnection, sql: string): Promise<ParseTree> {
  const reader = await connection.runAndReadAll(PARSE, [sql]);
  const root: unknown = JSON.parse(String(reader.getRows()[0]?.[0]));
  if (!isNode(root) || root['error'] !== true) return { kind: 'tree', root };
  if (root['error_type'] !== 'parser') return { kind: 'no tree' };
  return {
    kind: 'syntax error',
    message: textOf(root, 'error_message') ?? 'syntax error',
    position: textOf(root, 'position'),
  };
}

/** One object of a syntax tree. */
export type TreeNode = Readonly<Record<string, unknown>>;

/**
 * Visits every object of a tree without recursion: a statement may be nested deeper than the stack.
 */
export function* treeNodes(root: unknown): Generator<TreeNode> {
  const waiting: unknown[] = [root];
  while (waiting.length > 0) {
    const value = waiting.pop();
    if (Array.isArray(value)) for (const one of value) waiting.push(one);
    else if (isNode(value)) {
      yield value;
      for (const one of Object.values(value)) waiting.push(one);
    }
  }
}

/** A node's text under a key; undefined for an empty one. */
export function textOf(node: TreeNode, key: string): string | undefined {
  const value = node[key];
  return typeof value === 'string' && value !== '' ? value : undefined;
}

export function isNode(value: unknown): value is TreeNode {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
