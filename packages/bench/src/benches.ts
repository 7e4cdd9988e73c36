import type { Bench } from './bench.ts';
import { ack } from './benches/ack.ts';
import { automation } from './benches/automation.ts';
import { cancel } from './benches/cancel.ts';
import { consolePage } from './benches/console.ts';
import { counts } from './benches/counts.ts';
import { fanout } from './benches/fanout.ts';
import { hostile } from './benches/hostile.ts';
import { list } from './benches/list.ts';
import { logLines } from './benches/log-lines.ts';
import { logPage } from './benches/log-page.ts';
import { memory } from './benches/memory.ts';
import { preview } from './benches/preview.ts';
import { publish } from './benches/publish.ts';
import { put } from './benches/put.ts';
import { recover } from './benches/recover.ts';
import { scale } from './benches/scale.ts';
import { sqlOverhead } from './benches/sql-overhead.ts';
import { start } from './benches/start.ts';
import { startUp } from './benches/start-up.ts';
import { throughput } from './benches/throughput.ts';

/** Every benchmark, in the order of measurement and of the report. */
export const benches: readonly Bench[] = [
  ack,
  start,
  throughput,
  fanout,
  logLines,
  logPage,
  consolePage,
  list,
  counts,
  sqlOverhead,
  preview,
  put,
  memory,
  publish,
  cancel,
  recover,
  scale,
  startUp,
  automation,
  hostile,
];
