import { quotedString } from '@duckdb/node-api';

/** What a session may touch and use. Paths are absolute. */
export interface SandboxLimits {
  /** Readable, each exactly; nothing beside them. */
  inputFiles: readonly string[];
  /** Readable with all that is in it. */
  inputFolder?: string | undefined;
  /** Readable and writable. */
  stagingDir: string;
  /** Where sorts and joins spill; DuckDB allows itself this folder. */
  tempDir: string;
  memoryLimitMb: number;
  tempLimitMb: number;
  threads: number;
  /** Whether rows without an ORDER BY keep the order in which they are read; costs memory. */
  keepsOrder?: boolean;
}

/**
 * The settings that each connection has for itself. They must stand before the lock comes, which no connection that is
 * opened later could get round.
 */
export const CONNECTION_SETTINGS = [
  // Only once set does the session's clock not depend on the host's zone.
  `SET TimeZone = 'UTC'`,
  // The only form in which an error's position can be read without parsing a picture.
  `SET errors_as_json = true`,
  // Counts progress, prints nothing.
  `SET enable_progress_bar = true`,
  `SET enable_progress_bar_print = false`,
];

/**
 * The statements that confine a session's instance, every connection of it, in the order they must run: what may be read has to be said before external
 * access ends, and the lock comes last. Afterwards nothing in this list can be changed, not even by us.
 */
export function sandboxSettings(limits: SandboxLimits): string[] {
  // Without its slash the staging folder is a path of its own, and the target of a COPY into several files.
  const allowedPaths = [limits.stagingDir, ...limits.inputFiles].map(quotedString).join(', ');
  const folders = [
    limits.stagingDir,
    ...(limits.inputFolder === undefined ? [] : [limits.inputFolder]),
  ];
  const allowedFolders = folders.map((folder) => quotedString(`${folder}/`)).join(', ');
  return [
    `SET threads = ${limits.threads}`,
    `SET memory_limit = '${limits.memoryLimitMb}MiB'`,
    `SET temp_directory = ${quotedString(limits.tempDir)}`,
    `SET max_temp_directory_size = '${limits.tempLimitMb}MiB'`,
    // Spares memory while writing; an explicit ORDER BY is kept all the same.
    `SET preserve_insertion_order = ${limits.keepsOrder ?? false}`,
    // A session reads a file once or twice, and the system has it in memory: a second copy only costs.
    `SET enable_external_file_cache = false`,
    // One more partition than files may be open, and rows in random order leave a file for every few thousand of them.
    `SET partitioned_write_max_open_files = 1000`,
    `SET autoinstall_known_extensions = false`,
    `SET autoload_known_extensions = false`,
    `SET allow_community_extensions = false`,
    `SET allow_persistent_secrets = false`,
    `SET allowed_directories = [${allowedFolders}]`,
    `SET allowed_paths = [${allowedPaths}]`,
    `SET enable_external_access = false`,
    `SET lock_configuration = true`,
  ];
}
