import { quotedString } from '@duckdb/node-api';

/** The files that a session may access, and its limits. Paths are absolute. */
export interface SandboxLimits {
  /** Readable: exactly these files. */
  inputFiles: readonly string[];
  /** Readable, with all files in it. */
  inputFolder?: string | undefined;
  /** Readable and writable. */
  stagingDir: string;
  /** The folder for spilled data, which DuckDB permits itself. */
  tempDir: string;
  memoryLimitMb: number;
  tempLimitMb: number;
  threads: number;
  /** Whether rows without an ORDER BY keep their read order; costs memory. */
  keepsOrder?: boolean;
}

/**
 * The settings of each single connection. They are set before the lock, which applies to every
 * connection that opens later.
 */
export const CONNECTION_SETTINGS = [
  // The session's clock otherwise depends on the host's time zone.
  `SET TimeZone = 'UTC'`,
  // Only as JSON does an error contain its position as a number.
  `SET errors_as_json = true`,
  // Counts progress without printing it.
  `SET enable_progress_bar = true`,
  `SET enable_progress_bar_print = false`,
];

/**
 * The statements that confine a session's instance with all its connections, in the required order:
 * readable paths are set before external access ends, and the lock is last. Afterwards no code can
 * change these settings, the platform's included.
 */
export function sandboxSettings(limits: SandboxLimits): string[] {
  // Without its slash the staging folder is a separate path: the target of a COPY into several
  // files.
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
    // Saves memory while writing; an explicit ORDER BY is still kept.
    `SET preserve_insertion_order = ${limits.keepsOrder ?? false}`,
    // A session reads a file once or twice, and the system's cache has it: a second cache only
    // costs.
    `SET enable_external_file_cache = false`,
    // Above the number of partitions that may be open; rows in random order would otherwise produce
    // one file for every few thousand rows.
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
