import { SchemaConflictError } from '../format/errors.ts';
import {
  evolveSchema,
  refuseAmbiguousPaths,
  type BatchColumn,
  type EvolvedSchema,
  type TypeName,
} from './evolve-schema.ts';
import type { PartitionSpec, Schema, SchemaField } from '../format/types.ts';

export interface ReplaceOptions {
  /** The schema of the replaced rows. */
  previous: Schema;
  lastColumnId: number;
  /** All specs of the table. */
  specs: readonly PartitionSpec[];
  columns: readonly BatchColumn[];
  typeName: TypeName;
}

/**
 * The schema of a table whose rows are all replaced: the batch's columns, with its order and types.
 * A column keeps its id where readers of older snapshots can follow; otherwise it becomes a new
 * column of the same name. Throws SchemaConflictError when a column of a partition spec would be
 * dropped or narrowed: readers resolve the specs of older files too.
 */
export function replaceSchema(options: ReplaceOptions): EvolvedSchema {
  const { previous, specs, typeName } = options;
  let { lastColumnId } = options;
  const columns: EvolvedSchema['columns'] = [];
  const fields = options.columns.map((column) => {
    const made = nextField(column, { previous, lastColumnId, typeName });
    lastColumnId = made.lastColumnId;
    columns.push(...made.columns);
    return made.schema.fields;
  });
  const schema: Schema = { ...previous, fields: fields.flat() };
  refuseAmbiguousPaths(schema);
  for (const spec of specs) {
    for (const { 'source-id': source } of spec.fields) {
      refuseLoss(source, { previous, next: schema, typeName });
    }
  }
  return { schema, lastColumnId, changed: true, columns };
}

function nextField(
  column: BatchColumn,
  { previous, lastColumnId, typeName }: Omit<ReplaceOptions, 'specs' | 'columns'>,
): EvolvedSchema {
  const options = { lastColumnId, columns: [column], policy: 'evolve', typeName } as const;
  const fresh = evolveSchema(options);
  const known = previous.fields.find(({ name }) => isSameName(name, column.name));
  if (known === undefined) return fresh;
  const current: Schema = { ...previous, fields: [known] };
  try {
    const evolved = evolveSchema({ ...options, current });
    return typesOf(evolved, typeName) === typesOf(fresh, typeName) ? evolved : fresh;
  } catch (error) {
    if (error instanceof SchemaConflictError) return fresh;
    throw error;
  }
}

function refuseLoss(
  source: number,
  { previous, next, typeName }: { previous: Schema; next: Schema; typeName: TypeName },
): void {
  const old = previous.fields.find(({ id }) => id === source);
  if (old === undefined || next.fields.some(({ id }) => id === source)) return;
  const other = next.fields.find(({ name }) => isSameName(name, old.name));
  const change =
    other === undefined
      ? `column ${old.name} (${typeName(old.type)}) of the table is missing in the result`
      : `column ${old.name} is ${typeName(old.type)} in the table and ${typeName(other.type)} in the result`;
  throw new SchemaConflictError(
    old.name,
    `${change}, and cannot be given up: the table is, or was, partitioned by it`,
  );
}

function typesOf({ schema }: EvolvedSchema, typeName: TypeName): string {
  return schema.fields.map((field: SchemaField) => typeName(field.type)).join();
}

function isSameName(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}
