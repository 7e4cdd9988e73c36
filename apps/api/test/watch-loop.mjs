// Preloaded into a service with `--import`. It measures the longest time for which one turn of the
// event loop occupied the main thread. SIGUSR2 prints the time and restarts the measurement. It
// counts processor time, so other processes do not change it.
import { openSync, readSync } from 'node:fs';
import process from 'node:process';
import { isMainThread } from 'node:worker_threads';

const EVERY_MS = 5;

// Threads of the service also load this file. Only the main thread has the loop that serves
// requests.
if (isMainThread) watch(openClock());

function watch(readClock) {
  let last = readClock();
  let longestMs = 0;
  let reports = 0;
  // Two calls of a timer are at most one turn of the loop and the timer's interval apart.
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

/**
 * Milliseconds of processor time of the main thread; of the whole process without Linux's figures.
 */
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
