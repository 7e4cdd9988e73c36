import type { Column } from './column-type.ts';

/** How the rows of one result become objects. */
export interface RowObjects {
  /** The columns with distinct names, which are the keys of every object. */
  columns: Column[];
  /** One row, in the order of the columns. */
  toObject: (row: readonly unknown[]) => Record<string, unknown>;
}

/** Changes a value that is not null. */
type Convert = (value: unknown) => unknown;

/**
 * Makes objects of rows in the lossless form: arrays in which numbers of 64 bits and decimals are
 * text. In an object such a value is a number where no reader can lose a digit of it:
 * - an integer of at most 2^53 - 1,
 * - a decimal of at most 15 digits, which a double always keeps.
 *
 * Any other value stays as it is, so a long integer is text. The rule holds within lists, structs,
 * maps and unions too.
 *
 * @example
 * const { columns, toObject } = rowObjects([{ name: 'n', type: 'BIGINT' }]);
 * toObject(['2']); // { n: 2 }
 */
export function rowObjects(columns: readonly Column[]): RowObjects {
  const names = distinctNames(columns.map(({ name }) => name));
  const converts = columns.map(({ type }) => converterOf(type));
  return {
    columns: columns.map((column, i) => ({ ...column, name: names[i] ?? column.name })),
    toObject: (row) =>
      Object.fromEntries(names.map((name, i) => [name, converted(row[i] ?? null, converts[i])])),
  };
}

/**
 * Names of which no two are the same, in any case of letters: a second `id` becomes `id_1`. Files
 * and objects cannot have two columns of one name.
 */
export function distinctNames(names: readonly string[]): string[] {
  const taken = new Set<string>();
  return names.map((name) => {
    let distinct = name;
    for (let n = 1; taken.has(distinct.toLowerCase()); n += 1) distinct = `${name}_${n}`;
    taken.add(distinct.toLowerCase());
    return distinct;
  });
}

function converted(value: unknown, convert: Convert | undefined): unknown {
  return value === null || convert === undefined ? value : convert(value);
}

const INTEGER = /^(?:U?BIGINT|U?HUGEINT|BIGNUM)$/;
const NESTED = /^(STRUCT|MAP|UNION)\(([^]*)\)$/;
const LIST = /^([^]*)\[\d*\]$/;

/** What changes values of a type, as the engine spells it; undefined when they stay as they are. */
function converterOf(type: string): Convert | undefined {
  if (INTEGER.test(type)) return integerOrText;
  if (/^DECIMAL\(\d+,\d+\)$/.test(type)) return decimalOrText;
  const item = LIST.exec(type)?.[1];
  if (item !== undefined) return inLists(converterOf(item));
  const nested = NESTED.exec(type);
  if (nested === null) return undefined;
  const parts = splitTypes(nested[2] ?? '');
  if (nested[1] === 'MAP') return inMaps(parts.map(converterOf));
  const fields = new Map(parts.map(readField));
  return nested[1] === 'UNION' ? inUnions(fields) : inStructs(fields);
}

function integerOrText(value: unknown): unknown {
  const number = Number(value);
  return Number.isSafeInteger(number) && String(number) === value ? number : value;
}

const DIGITS_MAX = 15;
const DECIMAL = /^-?\d+(?:\.\d+)?$/;

function decimalOrText(value: unknown): unknown {
  if (typeof value !== 'string' || !DECIMAL.test(value)) return value;
  const digits = value.replace(/[-.]/g, '').replace(/^0+/, '');
  return digits.length <= DIGITS_MAX ? Number(value) : value;
}

function inLists(convert: Convert | undefined): Convert | undefined {
  if (convert === undefined) return undefined;
  return (value) =>
    Array.isArray(value) ? value.map((item: unknown) => converted(item, convert)) : value;
}

/** A map is a list of `{key, value}`. */
function inMaps([key, value]: readonly (Convert | undefined)[]): Convert | undefined {
  return inLists(
    inStructs(
      new Map([
        ['key', key],
        ['value', value],
      ]),
    ),
  );
}

/** A union is `{tag, value}`; the tag is the name of the member. */
function inUnions(members: ReadonlyMap<string, Convert | undefined>): Convert | undefined {
  return (value) => {
    if (!isObject(value)) return value;
    return { ...value, value: converted(value['value'], members.get(String(value['tag']))) };
  };
}

function inStructs(fields: ReadonlyMap<string, Convert | undefined>): Convert | undefined {
  if (![...fields.values()].some((convert) => convert !== undefined)) return undefined;
  return (value) => {
    if (!isObject(value)) return value;
    return Object.fromEntries(
      Object.entries(value).map(([name, item]) => [name, converted(item, fields.get(name))]),
    );
  };
}

/** The types of a nested type: parentheses, and quotes around names and texts, hide commas. */
function splitTypes(text: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let start = 0;
  for (const { 0: sign, index } of text.matchAll(/"(?:[^"]|"")*"|'(?:[^']|'')*'|[(),]/g)) {
    if (sign === '(') depth += 1;
    else if (sign === ')') depth -= 1;
    else if (sign === ',' && depth === 0) {
      parts.push(text.slice(start, index));
      start = index + 1;
    }
  }
  return [...parts, text.slice(start)].map((part) => part.trim());
}

/** A field or a member, `"name" TYPE`. */
function readField(text: string): [string, Convert | undefined] {
  const [, name = '', type = ''] = /^"((?:[^"]|"")*)" ([^]*)$/.exec(text) ?? [];
  return [name.replaceAll('""', '"'), converterOf(type)];
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
