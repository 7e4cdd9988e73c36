import { parsePrimitive } from '../format/primitive-type.ts';

/**
 * The type that holds the values of both without loss, if readers may widen the known type to it.
 */
export function commonType(known: string, batch: string): string | undefined {
  const a = parsePrimitive(known);
  const b = parsePrimitive(batch);
  if (a.kind === 'decimal') {
    if (b.kind === 'decimal' && a.scale === b.scale)
      return a.precision >= b.precision ? known : batch;
    const digits = b.kind === 'int' ? 10 : b.kind === 'long' ? 19 : Infinity;
    return a.precision - a.scale >= digits ? known : undefined;
  }
  if (a.kind === b.kind) return known;
  const widened = WIDENS[a.kind];
  if (widened === b.kind) return batch;
  // The batch's type is narrower; a cast widens it.
  return NARROWER[a.kind]?.includes(b.kind) === true ? known : undefined;
}

const WIDENS: Readonly<Record<string, string>> = { int: 'long', float: 'double' };
const NARROWER: Readonly<Record<string, readonly string[]>> = {
  long: ['int'],
  double: ['float', 'int'],
  binary: ['fixed'],
};
