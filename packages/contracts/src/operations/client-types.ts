import type { z } from 'zod';
import type { layer } from '../common.ts';
import type { Operation, OperationAnswers, ParamName } from './operation.ts';
import type { OPERATIONS, OperationId } from './operations.ts';

type Declared<Id extends OperationId> = (typeof OPERATIONS)[Id];

/** The name of each parameter in the path of an operation, with the type of its value. */
export type ParamOf<Id extends OperationId> = {
  [Name in ParamName<Declared<Id>['path']>]: Name extends 'layer'
    ? z.infer<typeof layer>
    : Name extends 'version'
      ? number
      : string;
};

/** What a client sends as the query of an operation; it writes the values as text. */
export type QueryOf<Id extends OperationId> =
  Declared<Id> extends Operation<string, infer Query extends z.ZodType>
    ? QueryValues<z.input<Query>, z.output<Query>>
    : never;

type QueryValues<In, Out> = {
  [Key in keyof Out as Key extends RequiredKey<In> ? Key : never]: QueryValue<Out[Key]>;
} & {
  [Key in keyof Out as Key extends RequiredKey<In> ? never : Key]?: QueryValue<Out[Key]>;
};

type RequiredKey<In> = {
  [Key in keyof In]-?: undefined extends In[Key] ? never : Key;
}[keyof In];

/** A time may also be its text, and one of several words may stand alone. */
type QueryValue<Out> = Out extends Date
  ? Date | string
  : Out extends readonly (infer Item)[]
    ? readonly Item[] | Item
    : Out;

/** What a client sends as the body of an operation. */
export type BodyOf<Id extends OperationId> =
  Declared<Id> extends Operation<
    string,
    z.ZodType,
    infer Body extends z.ZodType,
    OperationAnswers,
    infer Documented extends z.ZodType
  >
    ? unknown extends z.input<Body>
      ? z.input<Documented>
      : z.input<Body>
    : never;

/** What an operation answers as JSON when it succeeds; undefined for an answer without content. */
export type AnswerOf<Id extends OperationId> =
  Declared<Id> extends Operation<string, z.ZodType, z.ZodType, infer Answers>
    ? {
        [Status in keyof Answers]: Status extends number
          ? `${Status}` extends `2${string}`
            ? JsonOf<Answers[Status]>
            : never
          : never;
      }[keyof Answers]
    : never;

type JsonOf<Answer> = Answer extends { content: { 'application/json': infer Schema } }
  ? Schema extends z.ZodType
    ? z.output<Schema>
    : never
  : undefined;
