// Preloaded into a service with `--import`: measures the longest time for which one turn of its event loop occupied the
// main thread. SIGUSR2 prints it and begins again. It counts time on a processor, so another process cannot spoil it.
import { openSync, readSync } from 'node:fs';
import process from 'node:process';
import { isMainThread } from 'node:worker_threads';

const EVERY_MS = 5;

// The threads of the service load this file too; only the main thread has the loop that answers requests.
if (isMainThread) watch(openClock());

function watch(readClock) {
  let last = readClock();
  let longestMs = 0;
  let reports = 0;
  // Between two calls of a timer lie at most one turn of the loop and the timer's own pause.
  const look = () => {
    const now = readClock();
    longestMs = Math.max(longestMs, now - last);
    last = now;
  };
  setInterval(look, EVERY_MS).unref();
  process.on('SIGUSR2', () => {
    look();
    reports += 1;
    process.stdout.write(
      `${JSON.stringify({ loop_report: reports, longest_ms: Math.round(longestMs) })}\n`,
    );
    longestMs = 0;
  });
}

/** Milliseconds for which the main thread has run. Without Linux's figures, those of the whole process. */
function openClock() {
  try {
    const file = openSync(`/proc/self/task/${process.pid}/schedstat`);
    const text = Buffer.alloc(64);
    return () => {
      const length = readSync(file, text, 0, text.length, 0);
      return Number(text.toString('latin1', 0, length).split(' ')[0]) / 1e6;
    };
  } catch {
    return () => {
      const { user, system } = process.cpuUsage();
      return (user + system) / 1_000;
    };
  }
}
