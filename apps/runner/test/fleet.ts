import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  createRunSpy,
  createTestDatabase,
  startNode,
  testRedisUrl,
  type Backend,
  type RunSpy,
  type ServiceProcess,
} from '@rat/testing';
