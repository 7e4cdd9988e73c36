import { ack } from './ack.mjs';
import { cancel } from './cancel.mjs';
import { counts } from './counts.mjs';
import { fanout } from './fanout.mjs';
import { list } from './list.mjs';
import { logLines } from './log-lines.mjs';
import { logPage } from './log-page.mjs';
import { memory } from './memory.mjs';
import { publish } from './publish.mjs';
import { recover } from './recover.mjs';
import { scale } from './scale.mjs';
import { sqlOverhead } from './sql-overhead.mjs';
import { start } from './start.mjs';
import { startUp } from './start-up.mjs';
import { throughput } from './throughput.mjs';

/** Every benchmark, in the order of measurement and of the report. */
export const benches = [
  ack,
  start,
  throughput,
  fanout,
  logLines,
  logPage,
  list,
  counts,
  sqlOverhead,
  memory,
  publish,
  cancel,
  recover,
  scale,
  startUp,
];
