import { z } from 'zod';
import { timestamp } from '../common.ts';
import { configText, SQL_MAX_LENGTH } from '../pipeline-files/pipeline-files.ts';
import { draftText } from './version.ts';

/** What a file is for; `landing`: a run has read it from a landing zone. */
export const FILE_TYPES = ['pipeline-sql', 'config', 'test', 'meta', 'landing'] as const;

const once = z.string({ error: 'must be given once' }).optional();

/** The query of GET /files: the beginning of the paths, and folders to leave out, separated by commas. */
export const listFilesQuery = z.strictObject({ prefix: once, exclude: once });

const path = z.string();
/** UTF-8 bytes. */
const size = z.number().int().nonnegative();

/** The files of pipelines, by path. */
export const fileList = z
  .object({
    files: z.array(z.object({ path, size, modified: timestamp, type: z.enum(FILE_TYPES) })),
  })
  .meta({ id: 'FileList' });
export type FileList = z.infer<typeof fileList>;

/** A file with its text. */
export const fileContent = z
  .object({ path, content: z.string(), size, modified: timestamp })
  .meta({ id: 'FileContent' });
export type FileContent = z.infer<typeof fileContent>;

/** The body of PUT /files/{path}. */
export const putFileBody = z
  .strictObject({ content: z.string().max(SQL_MAX_LENGTH) })
  .meta({ id: 'PutFileBody' });

/** The text of a file of SQL; DELETE is for a file that should not be there. */
export const sqlFileText = draftText.min(1, {
  error: 'must not be empty; DELETE removes the file',
});
export const configFileText = configText;

/** The answer to PUT /files/{path}; `version_id` names the state of the draft. */
export const fileWritten = z
  .object({ path, status: z.literal('written'), version_id: z.uuid() })
  .meta({ id: 'FileWritten' });
export type FileWritten = z.infer<typeof fileWritten>;

/** The answer to POST /files/upload. */
export const fileUploaded = z
  .object({
    path,
    filename: z.string(),
    size,
    status: z.literal('uploaded'),
    version_id: z.uuid(),
  })
  .meta({ id: 'FileUploaded' });
export type FileUploaded = z.infer<typeof fileUploaded>;
