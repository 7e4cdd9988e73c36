import { readFile } from 'node:fs/promises';
import { z } from 'zod';

/** What the process knows of the build that it comes from; undefined where the build did not say it. */
export interface BuildFacts {
  gitCommit: string | undefined;
  /** When the image was built, as ISO 8601. */
  buildTime: string | undefined;
}

const UNKNOWN: BuildFacts = { gitCommit: undefined, buildTime: undefined };

/** A build without these arguments writes empty texts. */
const stored = z.object({
  git_commit: z
    .string()
    .regex(/^[0-9a-f]{7,64}$/)
    .optional()
    .catch(undefined),
  build_time: z.iso.datetime({ offset: true }).optional().catch(undefined),
});

/**
 * Reads the file that the build of the image writes. A checkout has none, and the process never asks git: an
 * installation need not have it. A file that cannot be read costs these facts alone, and not the start.
 */
export async function readBuildFacts(file: URL): Promise<BuildFacts> {
  try {
    const found = stored.parse(JSON.parse(await readFile(file, 'utf8')));
    return { gitCommit: found.git_commit, buildTime: found.build_time };
  } catch {
    return UNKNOWN;
  }
}

/** The version of the service as answers have it. */
export function presentVersion({ version, build }: { version: string; build: BuildFacts }): {
  version: string;
  git_commit: string | null;
  build_time: string | null;
} {
  return {
    version,
    git_commit: build.gitCommit ?? null,
    build_time: build.buildTime ?? null,
  };
}
