import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { ExecuteCommand } from '@rat/contracts';

/** The command for a small run whose folders all lie below `root`. */
export function executeCommand(
  root: string,
  overrides: Partial<ExecuteCommand> = {},
): ExecuteCommand {
  return {
    type: 'execute',
    auditOnly: false,
    runId: '0190a2b4-0000-7000-8000-000000000001',
    attempt: 1,
    pipeline: { namespace: 'shop', layer: 'silver', name: 'orders' },
    sql: 'select 1 as a',
    config: {},
    qualityTests: [],
    targetExists: false,
    fullRefresh: false,
    tableUri: pathToFileURL(root).href,
    runStartedAt: '2026-07-01T10:00:00.000Z',
    profiles: false,
    stagingDir: join(root, 'staging'),
    tempDir: join(root, 'temp'),
    memoryLimitMb: 128,
    tempLimitMb: 128,
    threads: 1,
    targetFileMb: 16,
    ...overrides,
  };
}
