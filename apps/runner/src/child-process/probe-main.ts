import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** The folders that a child must be able to read, and the one that it must be able to write. */
export interface ProbeCommand {
  read: string[];
  write: string;
}

/** The problem in words; undefined when a child can work here. */
export interface ProbeAnswer {
  problem?: string;
}

/*
 * The sandbox probe: a process that the runner starts once in each sandbox it could use. The probe
 * shows whether the process starts, has an IPC channel, and can read and write the children's
 * folders.
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
