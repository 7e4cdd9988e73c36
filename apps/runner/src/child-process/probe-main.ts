import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** The folders that a child must be able to read, and the one that it must be able to write. */
export interface ProbeCommand {
  read: string[];
  write: string;
}

/** `problem` in words; without one, a child can work here. */
export interface ProbeAnswer {
  problem?: string;
}

/*
 * The process that a runner starts once in each sandbox that it could use: whether it starts, has a channel to its parent,
 * and reads and writes what children read and write.
 */

function tryOut(command: ProbeCommand): ProbeAnswer {
  try {
    for (const folder of command.read) readdirSync(folder);
    writeFileSync(join(command.write, 'probe'), '');
    return {};
  } catch (error) {
    return { problem: error instanceof Error ? error.message : String(error) };
  }
}

process.on('message', (raw) => {
  process.send?.(tryOut(raw as ProbeCommand));
});
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));
