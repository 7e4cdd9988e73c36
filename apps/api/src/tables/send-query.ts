import { ROW_MEDIA_TYPES, type RowFormat, type RowsAs, type RunnerRequest } from '@rat/contracts';
import type { Request, Response } from 'express';
import { preferredType } from '../http/negotiate.ts';
import { sendAnswer } from '../runner-client/send-answer.ts';
import type { RunnerDeps } from '../runner-client/with-runner.ts';

type Query = Omit<RunnerRequest<'query'>, 'mayWait'>;

/** How a result is shown. `name` is the name of a file, without its ending. */
interface Shown {
  name: string;
  format: RowFormat;
  /** Of rows in JSON. */
  rows_as: RowsAs;
}

/**
 * Answers with the result of a query, as `sendAnswer` does.
 */
export async function sendQuery(
  deps: RunnerDeps,
  { name, format, rows_as: rowsAs, ...query }: Query & Shown,
  res: Response,
): Promise<void> {
  const request = { ...query, ...(format === 'json' ? {} : { format }) };
  const method = format === 'json' && rowsAs === 'objects' ? 'query-objects' : 'query';
  await sendAnswer(deps, method, request, res, (headers) => {
    res.vary('Accept');
    if (format === 'json') {
      res.type('application/json; charset=utf-8');
      return;
    }
    res.attachment(`${name}.${format}`).type(TYPES[format]);
    for (const header of ['Result-Rows', 'Result-Truncated']) {
      const value = headers.get(header);
      if (value !== null) res.set(header, value);
    }
  });
}

const TYPES = {
  csv: `${ROW_MEDIA_TYPES.csv}; charset=utf-8; header=present`,
  parquet: ROW_MEDIA_TYPES.parquet,
};

const FORMATS = {
  [ROW_MEDIA_TYPES.json]: 'json',
  [ROW_MEDIA_TYPES.csv]: 'csv',
  [ROW_MEDIA_TYPES.parquet]: 'parquet',
} as const satisfies Record<string, RowFormat>;

const OFFERS = Object.keys(FORMATS) as (keyof typeof FORMATS)[];

/** The format that the client asks for by `format`, or prefers by `Accept`. */
export function chooseFormat(
  req: Pick<Request, 'headers'>,
  asked: RowFormat | undefined,
): RowFormat {
  return asked ?? FORMATS[preferredType(req.headers.accept, OFFERS) ?? 'application/json'];
}
