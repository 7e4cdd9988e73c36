import { isNode, textOf, type TreeNode } from '../sandbox/parse-tree.ts';

/** The columns that a value was computed from; each once. */
export type Origins = ReadonlySet<string>;

/** What a column of a table was computed from; undefined: the table is not known. */
export type OriginsOfColumn = (
  table: { schema: string; table: string },
  column: string,
) => Origins | undefined;

/** The plan has something whose columns are not known. */
export class UntraceableError extends Error {
  override readonly name = 'UntraceableError';
}

const NONE: Origins = new Set();

/** What the operators below a node of the plan refer to by a number. */
interface Scope {
  ctes: ReadonlyMap<number, readonly Origins[]>;
  /** The columns that the nearest enclosing join hands to its correlated side. */
  correlated: readonly Origins[];
  originsOf: OriginsOfColumn;
}

/** A recursive query adds origins in each round, and there are few columns. */
const ROUNDS_MAX = 100;

/**
 * The origins of each column of a bound plan, as `json_serialize_plan` writes it with all its fields.
 * A column comes from those that its expressions contain: conditions of CASE, FILTER and windows
 * count, those of WHERE and JOIN do not. Throws UntraceableError.
 *
 * @example
 * const columns = tracePlan(plan, ({ table }, column) => new Set([`${table}.${column}`]));
 */
export function tracePlan(plan: unknown, originsOf: OriginsOfColumn): readonly Origins[] {
  return outputs(plan, { ctes: new Map(), correlated: [], originsOf });
}

function outputs(plan: unknown, scope: Scope): readonly Origins[] {
  if (!isNode(plan)) throw new UntraceableError('a plan without a node');
  const type = textOf(plan, 'type') ?? '';
  const children = nodes(plan['children']);
  const [first, second] = children;
  switch (type) {
    case 'LOGICAL_GET':
      return scanned(plan, scope);
    case 'LOGICAL_PROJECTION': {
      const below = outputs(first, scope);
      return nodes(plan['expressions']).map((one) => originsIn(one, below));
    }
    case 'LOGICAL_FILTER':
      return mapped(outputs(first, scope), plan['projection_map']);
    case 'LOGICAL_ORDER_BY':
      return mapped(outputs(first, scope), plan['projections']);
    case 'LOGICAL_LIMIT':
    case 'LOGICAL_TOP_N':
    case 'LOGICAL_SAMPLE':
    case 'LOGICAL_DISTINCT':
      return outputs(first, scope);
    case 'LOGICAL_WINDOW':
    case 'LOGICAL_UNNEST': {
      const below = outputs(first, scope);
      return [...below, ...nodes(plan['expressions']).map((one) => originsIn(one, below))];
    }
    case 'LOGICAL_AGGREGATE_AND_GROUP_BY': {
      const below = outputs(first, scope);
      const groups = nodes(plan['groups']).map((one) => originsIn(one, below));
      const aggregates = nodes(plan['expressions']).map((one) => originsIn(one, below));
      const grouping = list(plan['grouping_functions']).map(() => union(groups));
      return [...groups, ...aggregates, ...grouping];
    }
    case 'LOGICAL_COMPARISON_JOIN':
    case 'LOGICAL_ANY_JOIN':
    case 'LOGICAL_DELIM_JOIN':
    case 'LOGICAL_ASOF_JOIN':
      return joined(plan, scope);
    case 'LOGICAL_CROSS_PRODUCT':
    case 'LOGICAL_POSITIONAL_JOIN':
      return [...outputs(first, scope), ...outputs(second, scope)];
    case 'LOGICAL_DELIM_GET':
      return scope.correlated;
    case 'LOGICAL_UNION':
      return children.map((child) => outputs(child, scope)).reduce(merged);
    case 'LOGICAL_EXCEPT':
    case 'LOGICAL_INTERSECT':
      // The rows are those of the left side; the right side only decides which.
      return outputs(first, scope);
    case 'LOGICAL_MATERIALIZED_CTE':
      return outputs(second, withCte(scope, plan, outputs(first, scope)));
    case 'LOGICAL_RECURSIVE_CTE':
      return recursive(plan, scope);
    case 'LOGICAL_CTE_REF':
      return cteOf(scope, plan);
    case 'LOGICAL_EXPRESSION_GET': {
      const below = outputs(first, scope);
      const rows = list(plan['expressions']).map((row) =>
        nodes(row).map((one) => originsIn(one, below)),
      );
      return rows.reduce(
        merged,
        list(plan['expr_types']).map(() => NONE),
      );
    }
    case 'LOGICAL_DUMMY_SCAN':
      return [NONE];
    case 'LOGICAL_CHUNK_GET':
      return list(plan['chunk_types']).map(() => NONE);
    case 'LOGICAL_EMPTY_RESULT':
      return list(plan['return_types']).map(() => NONE);
    default:
      throw new UntraceableError(`the plan has ${type}`);
  }
}

/** A table, or a function that is read like one. */
function scanned(plan: TreeNode, scope: Scope): readonly Origins[] {
  const names = list(plan['names']);
  const read = nodes(plan['column_indexes']).map((one) => numberOf(one, 'index'));
  const { function_data: data } = plan;
  const columns = read.map((index): Origins => {
    const name = names[index];
    // A row's number is beyond the columns.
    if (typeof name !== 'string') return NONE;
    if (textOf(plan, 'name') !== 'seq_scan') return NONE;
    const table = isNode(data) ? textOf(data, 'table') : undefined;
    const schema = isNode(data) ? textOf(data, 'schema') : undefined;
    const origins = scope.originsOf({ schema: schema ?? '', table: table ?? '' }, name);
    if (origins === undefined) throw new UntraceableError(`the table ${table} is not known`);
    return origins;
  });
  const kept = mapped(columns, plan['projection_ids']);
  const children = nodes(plan['children']);
  if (children.length === 0) return kept;
  // A function over the rows of another operator: every column comes from all that it gets.
  const below = children.flatMap((child) => outputs(child, scope));
  const passed = mapped(below, plan['projected_input'], 'none');
  return [...kept.map(() => union(below)), ...passed];
}

function joined(plan: TreeNode, scope: Scope): readonly Origins[] {
  const [left, right] = nodes(plan['children']);
  const handed = nodes(plan['duplicate_eliminated_columns']);
  const isFlipped = plan['delim_flipped'] === true;
  const outer = outputs(isFlipped ? right : left, scope);
  const correlated =
    handed.length === 0 ? scope.correlated : handed.map((one) => originsIn(one, outer));
  const inner = outputs(isFlipped ? left : right, { ...scope, correlated });
  const [onLeft, onRight] = isFlipped ? [inner, outer] : [outer, inner];
  const shownLeft = mapped(onLeft, plan['left_projection_map']);
  const shownRight = mapped(onRight, plan['right_projection_map']);
  switch (textOf(plan, 'join_type')) {
    case 'SEMI':
    case 'ANTI':
      return shownLeft;
    case 'RIGHT_SEMI':
    case 'RIGHT_ANTI':
      return shownRight;
    case 'MARK': {
      const conditions = nodes(plan['conditions']).flatMap((one) => [
        originsIn(one['left'], onLeft),
        originsIn(one['right'], onRight),
      ]);
      return [...shownLeft, union(conditions)];
    }
    default:
      return [...shownLeft, ...shownRight];
  }
}

/** Until a round adds nothing: what a column gets in one round may reach another in the next. */
function recursive(plan: TreeNode, scope: Scope): readonly Origins[] {
  const [anchor, step] = nodes(plan['children']);
  let found = outputs(anchor, scope);
  for (let round = 0; round < ROUNDS_MAX; round += 1) {
    const next = merged(found, outputs(step, withCte(scope, plan, found)));
    if (next.every((one, index) => one.size === found[index]?.size)) return next;
    found = next;
  }
  throw new UntraceableError('a recursive query has too many rounds');
}

function withCte(scope: Scope, plan: TreeNode, columns: readonly Origins[]): Scope {
  const ctes = new Map(scope.ctes).set(numberOf(plan, 'table_index'), columns);
  return { ...scope, ctes };
}

function cteOf({ ctes }: Scope, plan: TreeNode): readonly Origins[] {
  const columns = ctes.get(numberOf(plan, 'cte_index'));
  if (columns === undefined) throw new UntraceableError('a common table expression is missing');
  return columns;
}

/** What holds numbers of another kind than those of the columns below. */
const OTHER_NUMBERS: ReadonlySet<string> = new Set(['function_data', 'return_type']);

/** The origins of everything that an expression contains. */
function originsIn(expression: unknown, below: readonly Origins[]): Origins {
  const found = new Set<string>();
  const waiting: unknown[] = [expression];
  while (waiting.length > 0) {
    const value = waiting.pop();
    if (Array.isArray(value)) for (const one of value) waiting.push(one);
    if (!isNode(value)) continue;
    if (value['expression_class'] === 'BOUND_REF') {
      const origins = below[numberOf(value, 'index')];
      if (origins === undefined) throw new UntraceableError('a column that is not there');
      for (const one of origins) found.add(one);
      continue;
    }
    for (const [key, one] of Object.entries(value)) {
      if (!OTHER_NUMBERS.has(key)) waiting.push(one);
    }
  }
  return found;
}

function union(all: readonly Origins[]): Origins {
  return new Set(all.flatMap((one) => [...one]));
}

/** Column by column, what either side has. */
function merged(one: readonly Origins[], other: readonly Origins[]): readonly Origins[] {
  if (one.length !== other.length) throw new UntraceableError('sides with different columns');
  return one.map((origins, index) => union([origins, other[index] ?? NONE]));
}

/** The columns that a list of numbers keeps; an empty list keeps all, or none. */
function mapped(
  columns: readonly Origins[],
  numbers: unknown,
  byEmpty: 'all' | 'none' = 'all',
): readonly Origins[] {
  const kept = list(numbers);
  if (kept.length === 0) return byEmpty === 'all' ? columns : [];
  return kept.map((index) => {
    const column = columns[Number(index)];
    if (column === undefined) throw new UntraceableError('a column that is not there');
    return column;
  });
}

function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

function nodes(value: unknown): TreeNode[] {
  return list(value).filter(isNode);
}

function numberOf(node: TreeNode, key: string): number {
  const value = node[key];
  if (typeof value !== 'number') throw new UntraceableError(`${key} is no number`);
  return value;
}
