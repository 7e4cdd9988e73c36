import { TableFormatError } from './errors.ts';
import { parsePrimitive } from './primitive-type.ts';

const UNITS = ['year', 'month', 'day', 'hour'] as const;

/** A partition transform: one that this room computes, or a foreign one that it only preserves. */
export type Transform =
  | { kind: 'identity' }
  | { kind: (typeof UNITS)[number] }
  | { kind: 'truncate'; width: number }
  | { kind: 'void' }
  | { kind: 'foreign'; name: string };

/** Parses a transform. Never throws, because tables with unknown transforms must stay readable. */
export function parseTransform(text: string): Transform {
  if (text === 'identity' || text === 'void') return { kind: text };
  const unit = UNITS.find((name) => name === text);
  if (unit !== undefined) return { kind: unit };
  const truncate = /^truncate\[(\d+)\]$/.exec(text);
  if (truncate !== null && Number(truncate[1]) > 0) {
    return { kind: 'truncate', width: Number(truncate[1]) };
  }
  return { kind: 'foreign', name: text };
}

/** The type of a transform's values for a source type. */
export function transformResultType(text: string, sourceType: string): string {
  const transform = parseTransform(text);
  switch (transform.kind) {
    case 'identity':
    case 'truncate':
    case 'void':
      return sourceType;
    case 'day':
      return 'date';
    case 'year':
    case 'month':
    case 'hour':
      return 'int';
    case 'foreign':
      // Of the foreign transforms, bucket gives a number; an unknown one counts as text.
      return transform.name.startsWith('bucket[') ? 'int' : 'string';
  }
}

/**
 * Whether this room can write a table whose column of this type is partitioned by the transform.
 * Foreign transforms can only be read.
 */
export function takesTransform(text: string, sourceType: string): boolean {
  const transform = parseTransform(text);
  const { kind } = parsePrimitive(sourceType);
  switch (transform.kind) {
    case 'identity':
    case 'void':
      return true;
    case 'year':
    case 'month':
    case 'day':
      return isMoment(kind);
    case 'hour':
      return isMoment(kind) && kind !== 'date';
    case 'truncate':
      return kind === 'decimal' || kind === 'string' || kind === 'int' || kind === 'long';
    case 'foreign':
      return false;
  }
}

function isMoment(kind: string): boolean {
  return kind === 'date' || kind === 'timestamp' || kind === 'timestamptz';
}

/**
 * The name of a new partition field. An identity partition has its column's name. Any other name
 * must differ from all columns, because readers show both side by side.
 */
export function partitionFieldName(
  text: string,
  column: string,
  taken: ReadonlySet<string>,
): string {
  const transform = parseTransform(text);
  if (transform.kind === 'identity') return column;
  const suffix = transform.kind === 'truncate' ? 'trunc' : transform.kind;
  const lowerCase = new Set([...taken].map((name) => name.toLowerCase()));
  const base = `${column}_${suffix}`;
  let name = base;
  for (let n = 2; lowerCase.has(name.toLowerCase()); n++) name = `${base}_${n}`;
  return name;
}

/**
 * Converts a name to one that Avro allows: letters, digits and `_`, no digit first. Every other
 * character becomes `_x` and its hexadecimal code, the rule that other writers use too.
 */
export function sanitizeAvroName(name: string): string {
  let sanitized = '';
  for (let i = 0; i < name.length; i++) {
    const unit = name.charAt(i);
    if (/[A-Za-z_]/.test(unit) || (i > 0 && /[0-9]/.test(unit))) sanitized += unit;
    else if (/[0-9]/.test(unit)) sanitized += `_${unit}`;
    else sanitized += `_x${unit.charCodeAt(0).toString(16).toUpperCase()}`;
  }
  if (sanitized === '') throw new TableFormatError('a partition field has no name');
  return sanitized;
}
