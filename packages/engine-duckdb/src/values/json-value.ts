import {
  DuckDBArrayValue,
  DuckDBDateValue,
  DuckDBListValue,
  DuckDBMapValue,
  DuckDBStructValue,
  DuckDBTimestampMillisecondsValue,
  DuckDBTimestampNanosecondsValue,
  DuckDBTimestampSecondsValue,
  DuckDBTimestampTZValue,
  DuckDBTimestampValue,
  DuckDBTypeId,
  DuckDBUnionValue,
  JsonDuckDBValueConverter,
  type DuckDBType,
  type DuckDBValue,
  type Json,
} from '@duckdb/node-api';

/**
 * Converts a value to JSON without loss: a number where JSON has the same number, otherwise
 * DuckDB's own text. NaN, infinities and negative zero become text.
 */
export function jsonValue(value: DuckDBValue, type: DuckDBType): Json {
  if (value === null) return null;
  switch (type.typeId) {
    case DuckDBTypeId.FLOAT:
    case DuckDBTypeId.DOUBLE:
      return numberIfExact(value, type);
    case DuckDBTypeId.LIST:
    case DuckDBTypeId.ARRAY:
      return itemsOf(value).map((item) => jsonValue(item, type.valueType));
    case DuckDBTypeId.STRUCT:
      return Object.fromEntries(
        entriesOf(value, type.entryNames).map(([name, item], i) => [
          name,
          jsonValue(item, typeAt(type.entryTypes, i)),
        ]),
      );
    case DuckDBTypeId.MAP:
      if (!(value instanceof DuckDBMapValue)) break;
      return value.entries.map((entry) => ({
        key: jsonValue(entry.key, type.keyType),
        value: jsonValue(entry.value, type.valueType),
      }));
    case DuckDBTypeId.UNION:
      if (!(value instanceof DuckDBUnionValue)) break;
      return { tag: value.tag, value: jsonValue(value.value, type.memberTypeForTag(value.tag)) };
    default:
      return momentText(value) ?? JsonDuckDBValueConverter(value, type, JsonDuckDBValueConverter);
  }
  throw new TypeError('a value is not of its type');
}

/** Formats a value as one line of text, for people; null for NULL. */
export function textValue(value: DuckDBValue, type: DuckDBType): string | null {
  return value === null ? null : display(value, type);
}

function display(value: DuckDBValue, type: DuckDBType): string {
  switch (type.typeId) {
    case DuckDBTypeId.FLOAT:
    case DuckDBTypeId.DOUBLE:
      return String(numberIfExact(value, type));
    case DuckDBTypeId.LIST:
    case DuckDBTypeId.ARRAY:
      return `[${itemsOf(value)
        .map((item) => displayInner(item, type.valueType))
        .join(', ')}]`;
    case DuckDBTypeId.STRUCT: {
      const parts = entriesOf(value, type.entryNames).map(
        ([name, item], i) => `${quoted(name)}: ${displayInner(item, typeAt(type.entryTypes, i))}`,
      );
      return `{${parts.join(', ')}}`;
    }
    case DuckDBTypeId.MAP: {
      if (!(value instanceof DuckDBMapValue)) break;
      const parts = value.entries.map(
        (entry) =>
          `${displayInner(entry.key, type.keyType)}: ${displayInner(entry.value, type.valueType)}`,
      );
      return `{${parts.join(', ')}}`;
    }
    case DuckDBTypeId.UNION:
      if (!(value instanceof DuckDBUnionValue)) break;
      if (value.value === null) return 'NULL';
      return display(value.value, type.memberTypeForTag(value.tag));
    default:
      return momentText(value) ?? String(value);
  }
  throw new TypeError('a value is not of its type');
}

/** Formats a nested value; a nested text is quoted, so that its end is visible. */
function displayInner(value: DuckDBValue, type: DuckDBType): string {
  if (value === null) return 'NULL';
  return typeof value === 'string' ? quoted(value) : display(value, type);
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/**
 * Whether the Node client loses a part of such values, so that DuckDB must convert them to text:
 * two fields of one name, a field named like a property of every object, and geometries, which it
 * shows as bytes.
 */
export function isTextOnly(type: DuckDBType): boolean {
  switch (type.typeId) {
    case DuckDBTypeId.GEOMETRY:
      return true;
    case DuckDBTypeId.LIST:
    case DuckDBTypeId.ARRAY:
      return isTextOnly(type.valueType);
    case DuckDBTypeId.MAP:
      return isTextOnly(type.keyType) || isTextOnly(type.valueType);
    case DuckDBTypeId.UNION:
      return type.memberTypes.some(isTextOnly);
    case DuckDBTypeId.STRUCT: {
      const names = new Set(type.entryNames);
      const isLossy = names.size < type.entryNames.length || names.has('__proto__');
      return isLossy || type.entryTypes.some(isTextOnly);
    }
    default:
      return false;
  }
}

function numberIfExact(value: DuckDBValue, type: DuckDBType): number | string {
  if (typeof value !== 'number') throw new TypeError('a value is not of its type');
  if (!Number.isFinite(value)) return String(value);
  if (Object.is(value, -0)) return '-0.0';
  return type.typeId === DuckDBTypeId.FLOAT ? shortestFloat(value) : value;
}

/**
 * The shortest decimal for a 32-bit number, as DuckDB prints it: JavaScript prints 0.1 with 17
 * digits.
 */
function shortestFloat(value: number): number {
  for (let digits = 1; digits <= 9; digits += 1) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === value) return short;
  }
  return value;
}

/** Formats dates and timestamps as DuckDB does; undefined for other values. */
function momentText(value: DuckDBValue): string | undefined {
  if (value instanceof DuckDBDateValue) {
    return value.isFinite ? withoutYearZero(String(value)) : infinity(value.days > 0);
  }
  if (value instanceof DuckDBTimestampSecondsValue) {
    return value.isFinite ? withoutYearZero(String(value)) : infinity(value.seconds > 0n);
  }
  if (value instanceof DuckDBTimestampMillisecondsValue) {
    return value.isFinite ? withoutYearZero(String(value)) : infinity(value.millis > 0n);
  }
  if (value instanceof DuckDBTimestampNanosecondsValue) {
    return value.isFinite ? withoutYearZero(String(value)) : infinity(value.nanos > 0n);
  }
  if (value instanceof DuckDBTimestampValue || value instanceof DuckDBTimestampTZValue) {
    return value.isFinite ? withoutYearZero(String(value)) : infinity(value.micros > 0n);
  }
  return undefined;
}

function infinity(isPositive: boolean): string {
  return isPositive ? 'infinity' : '-infinity';
}

/** Converts year 0 to 1 BC: the Node client counts a year 0. */
function withoutYearZero(text: string): string {
  return text.replace(/^0000(-\d\d-\d\d)/, '0001$1 (BC)');
}

function itemsOf(value: DuckDBValue): readonly DuckDBValue[] {
  if (value instanceof DuckDBListValue || value instanceof DuckDBArrayValue) return value.items;
  throw new TypeError('a value is not of its type');
}

function entriesOf(value: DuckDBValue, names: readonly string[]): [string, DuckDBValue][] {
  if (!(value instanceof DuckDBStructValue)) throw new TypeError('a value is not of its type');
  return names.map((name) => [name, value.entries[name] ?? null]);
}

function typeAt(types: readonly DuckDBType[], index: number): DuckDBType {
  const type = types[index];
  if (type === undefined) throw new TypeError('a field has no type');
  return type;
}
