import fc from 'fast-check';
import type { ApiDocument, Schema } from './openapi-document.ts';

/** The most characters and items of a value that fits its schema; the hostile ones are longer. */
const LENGTH_MAX = 20;
const ITEMS_MAX = 3;
const DEPTH_MAX = 6;

/** Makes values that fit a schema. */
export class ValuesOfSchema {
  readonly #document: ApiDocument;
  /** Values that lead to things that exist, by the name of the field. */
  readonly #known: Readonly<Record<string, readonly string[]>>;

  constructor(document: ApiDocument, known: Readonly<Record<string, readonly string[]>>) {
    this.#document = document;
    this.#known = known;
  }

  /** `name` is that of the parameter or of the field. */
  of(given: Schema, name = '', depth = 0): fc.Arbitrary<unknown> {
    const schema = this.#document.resolve(given);
    if (depth > DEPTH_MAX) return fc.constant(null);
    if (schema.const !== undefined) return fc.constant(schema.const);
    if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
    const choices = schema.anyOf ?? schema.oneOf;
    if (choices !== undefined)
      return fc.oneof(...choices.map((one) => this.of(one, name, depth + 1)));
    const { type } = schema;
    if (typeof type === 'object')
      return fc.oneof(...type.map((one) => this.of({ ...schema, type: one }, name, depth + 1)));
    switch (type) {
      case 'string':
        return this.#text(schema, name);
      case 'integer':
      case 'number':
        return number(schema);
      case 'boolean':
        return fc.boolean();
      case 'null':
        return fc.constant(null);
      case 'array':
        return fc.array(this.of(schema.items ?? {}, name, depth + 1), {
          minLength: schema.minItems ?? 0,
          maxLength: Math.max(
            schema.minItems ?? 0,
            Math.min(schema.maxItems ?? ITEMS_MAX, ITEMS_MAX),
          ),
        });
      case 'object':
        return this.#object(schema, depth);
      case undefined:
      default:
        return fc.jsonValue({ maxDepth: 2 });
    }
  }

  #text(schema: Schema, name: string): fc.Arbitrary<string> {
    const known = this.#known[name];
    const made = text(schema);
    if (known === undefined) return made;
    return fc.oneof(
      { arbitrary: fc.constantFrom(...known), weight: 6 },
      { arbitrary: made, weight: 1 },
    );
  }

  #object(schema: Schema, depth: number): fc.Arbitrary<unknown> {
    const { properties = {}, required = [], additionalProperties } = schema;
    const fields = Object.fromEntries(
      Object.entries(properties).map(([name, one]) => [name, this.of(one, name, depth + 1)]),
    );
    const known = fc.record(fields, { requiredKeys: required.filter((key) => key in fields) });
    if (typeof additionalProperties !== 'object') return known;
    const more = fc.dictionary(
      fc.stringMatching(/^[a-z]{1,6}$/),
      this.of(additionalProperties, '', depth + 1),
      { maxKeys: ITEMS_MAX },
    );
    return fc.tuple(known, more).map(([one, other]) => ({ ...other, ...one }));
  }
}

function text({
  format,
  pattern,
  minLength = 0,
  maxLength = LENGTH_MAX,
}: Schema): fc.Arbitrary<string> {
  if (format === 'uuid') return fc.uuid();
  if (format === 'date-time')
    return fc.date({ noInvalidDate: true, ...TIMES }).map((at) => at.toISOString());
  if (format === 'date')
    return fc.date({ noInvalidDate: true, ...TIMES }).map((at) => at.toISOString().slice(0, 10));
  if (pattern === undefined)
    return fc.string({
      minLength,
      maxLength: Math.max(minLength, Math.min(maxLength, LENGTH_MAX)),
    });
  return fc
    .stringMatching(new RegExp(pattern, 'u'), { size: '-1' })
    .map((made) => made.slice(0, Math.max(minLength, maxLength)));
}

const TIMES = { min: new Date('2020-01-01T00:00:00Z'), max: new Date('2030-01-01T00:00:00Z') };

const NUMBER_MAX = 1_000;

function number({ type, minimum, exclusiveMinimum, maximum }: Schema): fc.Arbitrary<number> {
  const least = minimum ?? (exclusiveMinimum === undefined ? -NUMBER_MAX : exclusiveMinimum + 1);
  const range = {
    min: Math.ceil(least),
    max: Math.floor(maximum ?? Math.max(least, 0) + NUMBER_MAX),
  };
  return type === 'integer' ? fc.integer(range) : fc.double({ ...range, noNaN: true });
}
