import { quotedString } from '@duckdb/node-api';
import type { SessionLimits } from '@rat/engine';
import { exactPattern } from '../sandbox/exact-pattern.ts';
import { openSession, type Session } from '../session/session.ts';

/** How a delivered file is read. */
export type FileFormat = 'csv' | 'json' | 'parquet';

/** One file in a folder that contains nothing else. */
export interface DeliveredFile {
  /** Absolute. */
  folder: string;
  name: string;
  format: FileFormat;
  bytes: number;
}

/** Where and why a file cannot be read. */
export interface FileProblem {
  /** The column, when it is about one. */
  column?: string | undefined;
  message: string;
  /** The line of a CSV, or the record of a JSON file, from 1. */
  line?: number | undefined;
}

/**
 * The SQL that reads the file, with options such as `, header = true`. Paths are relative to its
 * folder: no error contains the folder.
 */
export function readerOf({ name, format }: DeliveredFile, options = ''): string {
  const reader = { csv: 'read_csv', json: 'read_json', parquet: 'read_parquet' }[format];
  return `${reader}(${quotedString(exactPattern(name))}${options})`;
}

/**
 * Does work in a session that can read the folder of the file and nothing else. No SQL of an author
 * runs in it. One at a time in a process: the folder becomes the working directory.
 */
export async function withFile<T>(
  file: DeliveredFile,
  limits: SessionLimits,
  work: (session: Session) => Promise<T>,
): Promise<T> {
  const session = await open(file, limits);
  try {
    return await work(session);
  } finally {
    await session.close();
  }
}

/** A session that does not open is no fact about the file. */
async function open({ folder }: DeliveredFile, limits: SessionLimits): Promise<Session> {
  try {
    const inputs = { tables: {}, fileLists: {}, folder };
    return await openSession({ inputs, stagingDir: limits.tempDir, ...limits });
  } catch (error) {
    throw new Error('the session for a delivered file did not open', { cause: error });
  }
}

/** The line or the record that an error of a reader names. */
const PLACE = /\bon Line: (\d+)|\bin (?:line|record\/value) (\d+)/;

const VALUE = /Could not convert string "([^]*?)" to|Failed to cast value[^:]*: "?([^"\n]*)"?/;

/** The problem that an error of a reader reports, in the words of its first lines. */
export function toProblem(message: string): FileProblem {
  const [, csvLine, jsonLine] = PLACE.exec(message) ?? [];
  const line = csvLine ?? jsonLine;
  // After an empty line DuckDB lists the options that it has detected.
  const [text = ''] = message.split(/\n\s*\n|\nPossible /, 1);
  return { message: text, ...(line === undefined ? {} : { line: Number(line) }) };
}

/** The value that an error of a reader could not convert; undefined when it names none. */
export function badValue(message: string): string | undefined {
  const found = VALUE.exec(message);
  return found?.[1] ?? found?.[2];
}
