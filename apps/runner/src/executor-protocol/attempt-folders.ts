import { join } from 'node:path';

/** The folder of an attempt's own links to or copies of its landing files, `<zone>/<path>`. */
export function inputsFolder(tempDir: string): string {
  return join(tempDir, 'inputs');
}

/**
 * The file without content, `<zone>/<name>` in the inputs of an attempt, of a zone without files: for
 * a reader that names its columns itself.
 */
export const EMPTY_FILE = 'empty';

/**
 * The folder in which an attempt's sessions spill data. DuckDB lets SQL read all of this folder.
 */
export function spillFolder(tempDir: string): string {
  return join(tempDir, 'spill');
}
