import type { AnswerOf } from '@rat/contracts';
import type { Layer } from '@rat/domain';

/** The address of a table in a request. */
export interface TablePlace {
  namespace: string;
  layer: Layer;
  name: string;
}

export type Table = AnswerOf<'getTable'>;
