import {
  DuckDBArrayVector,
  DuckDBBigNumVector,
  DuckDBBitVector,
  DuckDBBlobVector,
  DuckDBGeometryVector,
  DuckDBListVector,
  DuckDBMapVector,
  DuckDBStructVector,
  DuckDBUnionVector,
  DuckDBVarCharVector,
  DuckDBVariantVector,
  DuckDBVector,
} from '@duckdb/node-api';

/** Vectors of variable-length values: 16 bytes each, of which the first four are the length. */
const OF_ANY_LENGTH = [
  DuckDBVarCharVector,
  DuckDBBlobVector,
  DuckDBBitVector,
  DuckDBBigNumVector,
  DuckDBGeometryVector,
];
const REFERENCE_BYTES = 16;

/**
 * A lower bound of a value's size as text, without converting it: a value of gigabytes never
 * becomes a JavaScript string. Stops counting beyond `enough`. The library's vectors have private
 * parts, hence the reflection; a missing part counts as one byte.
 */
export function valueWeight(vector: DuckDBVector, index: number, enough: number): number {
  // The memory of a NULL is undefined.
  if (isNull(vector, index)) return 1;
  if (vector instanceof DuckDBListVector) {
    const start = vector.getEntryOffset(index);
    return weightOfRange(vector.childVector, start, vector.getEntryLength(index), enough);
  }
  if (vector instanceof DuckDBArrayVector) {
    const { length } = vector.type;
    const child = part(vector, 'childData');
    return child === undefined ? length : weightOfRange(child, index * length, length, enough);
  }
  if (vector instanceof DuckDBStructVector) return weightOfStruct(vector, index, enough);
  const inner = innerVector(vector);
  if (inner !== undefined) return valueWeight(inner, index, enough);
  return lengthOfReference(vector, index) ?? 1;
}

function weightOfRange(child: DuckDBVector, start: number, length: number, enough: number): number {
  // At least one comma or bracket each.
  let weight = length;
  for (let index = start; index < start + length && weight <= enough; index += 1) {
    weight += valueWeight(child, index, enough - weight);
  }
  return weight;
}

function weightOfStruct(vector: DuckDBStructVector, index: number, enough: number): number {
  let weight = 0;
  for (const [entry, name] of vector.type.entryNames.entries()) {
    if (weight > enough) break;
    weight += name.length + valueWeight(vector.entryVectorAt(entry), index, enough - weight);
  }
  return weight;
}

/** A map is a list of pairs, a union a struct with a tag; a variant has its own bytes. */
function innerVector(vector: DuckDBVector): DuckDBVector | undefined {
  if (vector instanceof DuckDBMapVector) return part(vector, 'listVector');
  if (vector instanceof DuckDBUnionVector) return part(vector, 'structVector');
  if (vector instanceof DuckDBVariantVector) return part(vector, 'dataBlob');
  return undefined;
}

function part(vector: DuckDBVector, name: string): DuckDBVector | undefined {
  const inner: unknown = Reflect.get(vector, name);
  return inner instanceof DuckDBVector ? inner : undefined;
}

function lengthOfReference(vector: DuckDBVector, index: number): number | undefined {
  if (!OF_ANY_LENGTH.some((kind) => vector instanceof kind)) return undefined;
  const view: unknown = Reflect.get(vector, 'dataView');
  return view instanceof DataView ? view.getUint32(index * REFERENCE_BYTES, true) : undefined;
}

function isNull(vector: DuckDBVector, index: number): boolean {
  const validity: unknown = Reflect.get(vector, 'validity');
  if (typeof validity !== 'object' || validity === null || !('itemValid' in validity)) return false;
  const { itemValid } = validity;
  return typeof itemValid === 'function' && itemValid.call(validity, index) === false;
}
