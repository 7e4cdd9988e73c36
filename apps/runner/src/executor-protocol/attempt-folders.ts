import { join } from 'node:path';

/** Where the runner puts an attempt's own links or copies of its landing files, `<zone>/<path>`. */
export function inputsFolder(tempDir: string): string {
  return join(tempDir, 'inputs');
}

/** Where an attempt's sessions spill data that memory cannot hold: DuckDB lets SQL reach all of this folder. */
export function spillFolder(tempDir: string): string {
  return join(tempDir, 'spill');
}
