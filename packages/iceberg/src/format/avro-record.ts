import type { AvroSchema } from './avro-container.ts';
import { TableFormatError } from './errors.ts';

/**
 * A decoded record with access by Iceberg's field id: writers differ in the order of fields, and
 * some older ones in their names. A field without an id in the file is found by its name.
 */
export class AvroRecord {
  readonly #values: Readonly<Record<string, unknown>>;
  readonly #names: ReadonlyMap<number, string>;

  constructor(value: unknown, names: ReadonlyMap<number, string>) {
    if (typeof value !== 'object' || value === null) {
      throw new TableFormatError('an Avro record is expected');
    }
    // Checked above; avsc's records are objects with one property for each field.
    this.#values = value as Record<string, unknown>;
    this.#names = names;
  }

  value(id: number, name: string): unknown {
    return this.#values[this.#names.get(id) ?? name] ?? undefined;
  }

  text(id: number, name: string): string {
    const value = this.value(id, name);
    if (typeof value === 'string') return value;
    throw new TableFormatError(`the field ${name} of a manifest is no text`);
  }

  /** Reads a count, size or sequence number exactly, for any width that the writer chose. */
  integer(id: number, name: string): number {
    const value = this.optionalInteger(id, name);
    if (value === undefined) throw new TableFormatError(`a manifest has no ${name}`);
    return value;
  }

  optionalInteger(id: number, name: string): number | undefined {
    const value = this.value(id, name);
    return value === undefined ? undefined : exactNumber(value, name);
  }

  optionalBigint(id: number, name: string): bigint | undefined {
    const value = this.value(id, name);
    if (value === undefined || typeof value === 'bigint') return value;
    if (typeof value === 'number') return BigInt(value);
    throw new TableFormatError(`the field ${name} of a manifest is no integer`);
  }

  optionalBytes(id: number, name: string): Uint8Array | undefined {
    const value = this.value(id, name);
    return value instanceof Uint8Array ? value : undefined;
  }

  list(id: number, name: string): unknown[] | undefined {
    const value = this.value(id, name);
    return Array.isArray(value) ? value : undefined;
  }

  record(id: number, name: string): AvroRecord {
    return new AvroRecord(this.value(id, name), this.#names);
  }

  records(id: number, name: string): AvroRecord[] | undefined {
    return this.list(id, name)?.map((value) => new AvroRecord(value, this.#names));
  }
}

/**
 * Converts an integer to a number. Throws TableFormatError for other values and for inexact ones.
 */
export function exactNumber(value: unknown, name: string): number {
  const number = typeof value === 'bigint' ? Number(value) : value;
  if (typeof number === 'number' && Number.isSafeInteger(number)) return number;
  throw new TableFormatError(`the field ${name} of a manifest is no usable integer`);
}

/** The names that a file's schema gives to field ids, at any depth. */
export function fieldNames(schema: AvroSchema): ReadonlyMap<number, string> {
  const names = new Map<number, string>();
  const visit = (part: unknown): void => {
    if (Array.isArray(part)) {
      for (const member of part) visit(member);
      return;
    }
    if (typeof part !== 'object' || part === null) return;
    const { name, 'field-id': id }: { name?: unknown; 'field-id'?: unknown } = part;
    if (typeof id === 'number' && typeof name === 'string') names.set(id, name);
    for (const key of ['type', 'fields', 'items'] as const) {
      if (key in part) visit((part as Record<string, unknown>)[key]);
    }
  };
  visit(schema);
  return names;
}
