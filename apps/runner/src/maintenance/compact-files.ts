import { compactChildMessage, type CompactCommand } from '@rat/contracts';
import type { Failure } from '@rat/domain';
import { type DataFile } from '@rat/iceberg';
import { fileUri } from '@rat/storage';
import type { Logger } from '@rat/runtime';
import { Children, type Child } from '../child-process/children.ts';
import { explainEnd } from '../child-process/explain-end.ts';
import { MemoryCeiling } from '../child-process/memory-ceiling.ts';
import { MemoryWatch } from '../child-process/memory-watch.ts';

const STDERR_KEPT = 4_000;

const NO_MEMORY: Failure = {
  code: 'out_of_memory',
  message: 'compaction needs more memory than it may use: its process was stopped',
};

/**
 * Compacts each group of files in a child process, and returns the new files of each group, in
 * order, or the failure. An abort kills the process and rejects; its files stay in the staging
 * folder.
 */
export async function compactFiles(
  command: CompactCommand,
  { children = new Children(), log }: { children?: Children; log: Logger },
  signal: AbortSignal,
): Promise<DataFile[][] | Failure> {
  signal.throwIfAborted();
  const child = children.start(new URL('./compact-child-main.js', import.meta.url), 'write');
  child.process.stderr?.setEncoding('utf8').on('data', (stderr: string) => {
    log.error({ compact_pid: child.pid, stderr }, 'compaction wrote to stderr');
  });
  const kill = (): void => child.kill('SIGKILL');
  const memory = new MemoryWatch({
    pid: () => child.pid,
    ceiling: new MemoryCeiling(log),
    onExceeded: kill,
  });
  signal.addEventListener('abort', kill, { once: true });
  memory.start(command);
  try {
    await child.lend([command.stagingDir, command.tempDir]);
    const written = await converse(child, command, memory);
    // The child must not be able to change files that are about to be published.
    await child.takeBack(command.stagingDir);
    return written;
  } finally {
    memory.stop();
    signal.removeEventListener('abort', kill);
    kill();
    signal.throwIfAborted();
  }
}

function converse(
  { process: child }: Child,
  command: CompactCommand,
  memory: MemoryWatch,
): Promise<DataFile[][] | Failure> {
  return new Promise((resolve, reject) => {
    const compacted: DataFile[][] = [];
    let stderr = '';
    child.stderr?.on('data', (text: string) => {
      stderr = (stderr + text).slice(-STDERR_KEPT);
    });
    child.on('message', (raw) => {
      const parsed = compactChildMessage.safeParse(raw);
      if (!parsed.success) {
        reject(parsed.error);
        return;
      }
      const message = parsed.data;
      switch (message.type) {
        case 'compacted': {
          const files = ownFiles(message.files, command.stagingDir);
          if (files === undefined) reject(new TypeError('a compacted file is not in its folder'));
          else compacted.push(files);
          return;
        }
        case 'done':
          resolve(compacted);
          return;
        case 'failed':
          resolve(message.failure);
      }
    });
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      const { exceeded, isNearLimit } = memory;
      const end = explainEnd({ code, signal, stderr, exceeded, isNearLimit });
      if (end.kind === 'out_of_memory') resolve(NO_MEMORY);
      else reject(new Error('the compaction process ended unexpectedly'));
    });
    child.send(command, (error) => {
      if (error) reject(error);
    });
  });
}

/**
 * The child builds the files with the same code as this process, so only their paths are
 * checked. Undefined: a file lies outside the staging folder.
 */
function ownFiles(reported: unknown[], stagingDir: string): DataFile[] | undefined {
  const files = reported as DataFile[];
  const areOwn = files.every(({ path }) => path.startsWith(`${fileUri(stagingDir)}/group_`));
  return areOwn ? files : undefined;
}
