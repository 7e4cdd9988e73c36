import { commonType } from './common-type.ts';
import { SchemaConflictError } from '../format/errors.ts';
import { walkFields, type IcebergType, type Schema, type SchemaField } from '../format/types.ts';

/**
 * How a batch with other columns than the table is treated.
 * - `evolve`: changes the table's columns.
 * - `fail`: refuses every difference except the order of columns.
 * - `ignore`: keeps the table's columns, drops others, and casts where no value is lost.
 */
export const SCHEMA_POLICIES = ['evolve', 'fail', 'ignore'] as const;

export type SchemaPolicy = (typeof SCHEMA_POLICIES)[number];

/** A column of a batch. */
export interface BatchColumn {
  name: string;
  /** With all nested ids 0; undefined for a column of only NULLs, which takes the table's type. */
  type: IcebergType | undefined;
}

/**
 * The name by which the author of a batch knows a type. It stands in messages, and two types with
 * one name are the same type: they are no difference for a policy, and a column keeps its id.
 */
export type TypeName = (type: IcebergType) => string;

export interface EvolveOptions {
  /** The table's schema; undefined for a new table. */
  current?: Schema;
  lastColumnId: number;
  /** The batch's columns, in the batch's order. */
  columns: readonly BatchColumn[];
  policy: SchemaPolicy;
  /** Types with one name are equal to the author: no policy refuses the difference. */
  typeName: TypeName;
}

/** How one column of the table is written. */
export interface WrittenColumn {
  name: string;
  fieldId: number;
  /** A cast to it is required even when the batch seems to have it. */
  type: IcebergType;
  source: 'batch' | 'null';
  /** The batch's spelling of the name, which may differ in case. */
  batchName?: string;
}

export interface EvolvedSchema {
  /** Still has the old schema id: see `assignSchemaId`. */
  schema: Schema;
  lastColumnId: number;
  changed: boolean;
  /** In the order of the schema. */
  columns: WrittenColumn[];
}

/**
 * The table's schema after a batch with these columns. Known names keep their ids, new names get
 * new ids, and types widen where every reader can follow. A column that the batch lacks stays, and
 * is NULL in the batch's rows. Throws SchemaConflictError, with the column and both types, where
 * the two cannot be reconciled.
 *
 * @example
 * const options = { current, lastColumnId, columns: batch, policy, typeName };
 * const { schema, columns, changed } = evolveSchema(options);
 */
export function evolveSchema(options: EvolveOptions): EvolvedSchema {
  const { current, columns, policy } = options;
  const evolution = new Evolution({
    lastColumnId: options.lastColumnId,
    policy: current === undefined ? 'evolve' : policy,
    typeName: options.typeName,
  });
  const batch: SchemaField[] = columns.map((column) => ({
    id: 0,
    name: column.name,
    required: false,
    type: batchType(column, options),
  }));
  const fields = evolution.mergeFields(current?.fields ?? [], batch, []);
  const schema: Schema = {
    ...(current ?? { type: 'struct', 'schema-id': 0 }),
    fields,
  };
  refuseAmbiguousPaths(schema);
  const batchNames = new Map(columns.map(({ name }) => [name.toLowerCase(), name]));
  return {
    schema,
    lastColumnId: evolution.lastId,
    changed: current === undefined || evolution.changed,
    columns: fields.map((field) => {
      const batchName = batchNames.get(field.name.toLowerCase());
      const written = { name: field.name, fieldId: field.id, type: field.type };
      return batchName === undefined
        ? { ...written, source: 'null' }
        : { ...written, source: 'batch', batchName };
    }),
  };
}

/** A column of only NULLs is text in a table that does not have it. */
function batchType({ name, type }: BatchColumn, { current }: EvolveOptions): IcebergType {
  if (type !== undefined) return type;
  const known = current?.fields.find((field) => field.name.toLowerCase() === name.toLowerCase());
  return known?.type ?? 'string';
}

/** One comparison of schemas: assigns ids and records whether the schema changed. */
class Evolution {
  lastId: number;
  changed = false;
  readonly #policy: SchemaPolicy;
  readonly #typeName: TypeName;

  constructor(options: Pick<EvolveOptions, 'lastColumnId' | 'policy' | 'typeName'>) {
    this.lastId = options.lastColumnId;
    this.#policy = options.policy;
    this.#typeName = options.typeName;
  }

  mergeFields(
    known: readonly SchemaField[],
    batch: readonly SchemaField[],
    path: readonly string[],
  ): SchemaField[] {
    const incoming = new Map<string, SchemaField>();
    for (const field of batch) {
      const key = field.name.toLowerCase();
      if (incoming.has(key)) {
        throw new SchemaConflictError(
          field.name,
          `column ${dotted(path, field.name)} appears twice: names that differ only in case are equal`,
        );
      }
      incoming.set(key, field);
    }
    const merged = known.map((field) => {
      const other = incoming.get(field.name.toLowerCase());
      incoming.delete(field.name.toLowerCase());
      if (other === undefined) return this.#missing(field, path);
      return { ...field, type: this.#mergeType(field.type, other.type, [...path, field.name]) };
    });
    for (const field of incoming.values()) {
      if (this.#policy === 'ignore') continue;
      if (this.#policy === 'fail') {
        const name = dotted(path, field.name);
        const type = this.#typeName(field.type);
        throw new SchemaConflictError(name, `column ${name} (${type}) is not in the table`);
      }
      this.changed = true;
      const id = ++this.lastId;
      merged.push({ ...field, id, type: this.#number(field.type) });
    }
    return merged;
  }

  #missing(field: SchemaField, path: readonly string[]): SchemaField {
    if (this.#policy === 'fail') {
      const name = dotted(path, field.name);
      throw new SchemaConflictError(
        name,
        `column ${name} (${this.#typeName(field.type)}) of the table is missing in the result`,
      );
    }
    if (!field.required) return field;
    this.changed = true;
    return { ...field, required: false };
  }

  #mergeType(known: IcebergType, batch: IcebergType, path: readonly string[]): IcebergType {
    if (typeof known !== 'string' && typeof batch !== 'string') {
      if (known.type === 'struct' && batch.type === 'struct') {
        return { ...known, fields: this.mergeFields(known.fields, batch.fields, path) };
      }
      if (known.type === 'list' && batch.type === 'list') {
        const element = this.#mergeType(known.element, batch.element, [...path, 'element']);
        return { ...known, element };
      }
      if (known.type === 'map' && batch.type === 'map') {
        // After a change of its type a key would no longer be found.
        if (this.#differ(known.key, batch.key)) throw this.#conflict(known, batch, path);
        const value = this.#mergeType(known.value, batch.value, [...path, 'value']);
        return { ...known, value };
      }
      throw this.#conflict(known, batch, path);
    }
    if (typeof known !== 'string' || typeof batch !== 'string')
      throw this.#conflict(known, batch, path);
    const common = commonType(known, batch);
    if (common === undefined) throw this.#conflict(known, batch, path);
    if (this.#policy === 'fail' && this.#differ(known, batch)) {
      throw this.#conflict(known, batch, path);
    }
    if (common === known) return known;
    // `ignore` drops unknown columns, but never values that do not fit.
    if (this.#policy === 'ignore') throw this.#conflict(known, batch, path);
    this.changed = true;
    return common;
  }

  #differ(one: IcebergType, other: IcebergType): boolean {
    return this.#typeName(one) !== this.#typeName(other);
  }

  #conflict(known: IcebergType, batch: IcebergType, path: readonly string[]): Error {
    const column = path.join('.');
    const [before, after] = [this.#typeName(known), this.#typeName(batch)];
    return new SchemaConflictError(
      column,
      `column ${column} is ${before} in the table and ${after} in the result`,
    );
  }

  /** Assigns ids to a new type, outer levels first. */
  #number(type: IcebergType): IcebergType {
    if (typeof type === 'string') return type;
    switch (type.type) {
      case 'struct': {
        const ids = type.fields.map(() => ++this.lastId);
        const fields = type.fields.map((field, i) => ({
          ...field,
          id: ids[i] ?? 0,
          type: this.#number(field.type),
        }));
        refuseDuplicates(fields);
        return { ...type, fields };
      }
      case 'list':
        return { ...type, 'element-id': ++this.lastId, element: this.#number(type.element) };
      case 'map': {
        const [keyId, valueId] = [++this.lastId, ++this.lastId];
        const key = this.#number(type.key);
        return {
          ...type,
          'key-id': keyId,
          key,
          'value-id': valueId,
          value: this.#number(type.value),
        };
      }
    }
  }
}

function refuseDuplicates(fields: readonly SchemaField[]): void {
  const seen = new Set<string>();
  for (const { name } of fields) {
    if (seen.has(name.toLowerCase())) {
      throw new SchemaConflictError(name, `member ${name} appears twice`);
    }
    seen.add(name.toLowerCase());
  }
}

/**
 * Readers find members by dotted paths, so a column `a.b` must not exist beside a member `b` of
 * `a`.
 */
export function refuseAmbiguousPaths(schema: Schema): void {
  const seen = new Set<string>();
  for (const { path } of walkFields(schema)) {
    const name = path.join('.');
    if (seen.has(name.toLowerCase())) {
      throw new SchemaConflictError(name, `${name} names both a column and a member of one`);
    }
    seen.add(name.toLowerCase());
  }
}

function dotted(path: readonly string[], name: string): string {
  return [...path, name].join('.');
}
