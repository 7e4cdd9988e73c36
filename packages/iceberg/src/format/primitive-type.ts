import { TableFormatError } from './errors.ts';

const PLAIN = [
  'boolean',
  'int',
  'long',
  'float',
  'double',
  'date',
  'time',
  'timestamp',
  'timestamptz',
  'string',
  'uuid',
  'binary',
] as const;

/** A parsed primitive type. */
export type Primitive =
  | { kind: (typeof PLAIN)[number] }
  | { kind: 'decimal'; precision: number; scale: number }
  | { kind: 'fixed'; length: number };

/** Parses a primitive type's name. Throws TableFormatError for a type that v2 lacks. */
export function parsePrimitive(text: string): Primitive {
  const plain = PLAIN.find((name) => name === text);
  if (plain !== undefined) return { kind: plain };
  const decimal = /^decimal\(\s*(\d+)\s*,\s*(\d+)\s*\)$/.exec(text);
  if (decimal !== null) {
    return { kind: 'decimal', precision: Number(decimal[1]), scale: Number(decimal[2]) };
  }
  const fixed = /^fixed\[\s*(\d+)\s*\]$/.exec(text);
  if (fixed !== null) return { kind: 'fixed', length: Number(fixed[1]) };
  throw new TableFormatError(`the type ${text} is not known to format version 2`);
}

/** Formats a decimal type as the specification spells it: readers compare it as text. */
export function decimalType(precision: number, scale: number): string {
  return `decimal(${precision}, ${scale})`;
}

/** The fewest bytes that hold every decimal of a precision, as in `fixed` partition values. */
export function decimalBytes(precision: number): number {
  let bytes = 1;
  while (10n ** BigInt(precision) > 2n ** BigInt(8 * bytes - 1)) bytes++;
  return bytes;
}
