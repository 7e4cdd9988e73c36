import { oneOf } from './query-parameters.ts';

/** The formats of rows. */
export const ROW_FORMATS = ['json', 'csv', 'parquet', 'arrow'] as const;
export type RowFormat = (typeof ROW_FORMATS)[number];

/** The format of an answer with rows; it wins over `Accept`. */
export const rowFormat = oneOf(ROW_FORMATS);

/** How the rows of a JSON answer are written. */
export const ROWS_AS = ['objects', 'arrays'] as const;
export type RowsAs = (typeof ROWS_AS)[number];

/** Objects unless arrays are asked for. */
export const rowsAs = oneOf(ROWS_AS)
  .transform((form) => form ?? 'objects')
  .meta({ override: { type: 'string', enum: ROWS_AS, default: 'objects' } });
