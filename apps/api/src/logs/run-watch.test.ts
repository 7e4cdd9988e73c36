import { describe, expect, test } from '@jest/globals';
import type { StreamFrame } from './frame-event.ts';
import { PAGE_ROWS, RunWatch } from './run-watch.ts';

/** A stream that a test appends to. A read finishes only when the test allows it. */
class Stream {
  lastSeq = 0;
  readonly reads: { afterSeq: number; finish: () => void }[] = [];

  read = (afterSeq: number, limit: number): Promise<StreamFrame[]> => {
    // The rows are selected now, like a statement's snapshot, and returned later.
    const to = Math.min(this.lastSeq, afterSeq + limit);
    const frames = Array.from({ length: Math.max(0, to - afterSeq) }, (_, n) => ({
      seq: afterSeq + 1 + n,
      text: 'x',
      isLast: false,
    }));
    return new Promise((resolve) => {
      this.reads.push({ afterSeq, finish: () => resolve(frames) });
    });
  };

  finishAll(): void {
    for (const { finish } of this.reads.splice(0)) finish();
  }
}

const seqs = (frames: readonly StreamFrame[]): number[] => frames.map((frame) => frame.seq);
const never = new AbortController().signal;

describe('RunWatch', () => {
  test('concurrent readers of the same rows share one read', async () => {
    const stream = new Stream();
    const watch = new RunWatch(stream.read);
    stream.lastSeq = 3;
    const answers = [watch.read(0), watch.read(0), watch.read(0)];
    expect(stream.reads).toHaveLength(1);
    stream.finishAll();
    for (const answer of await Promise.all(answers)) expect(seqs(answer)).toEqual([1, 2, 3]);
  });

  test('a reader at the end of the stream causes no read until a change', async () => {
    const stream = new Stream();
    const watch = new RunWatch(stream.read);
    stream.lastSeq = 2;
    const first = watch.read(0);
    stream.finishAll();
    await first;
    expect(await watch.read(2)).toEqual([]);
    // A hint for a row that was already read.
    watch.observe(2);
    expect(await watch.read(2)).toEqual([]);
    expect(stream.reads).toHaveLength(0);
    stream.lastSeq = 3;
    watch.observe(3);
    const next = watch.read(2);
    stream.finishAll();
    expect(seqs(await next)).toEqual([3]);
    expect(seqs(await watch.read(1))).toEqual([2, 3]);
  });

  test('a reader that a change wakes does not share a read that began before the change', async () => {
    const stream = new Stream();
    const watch = new RunWatch(stream.read);
    stream.lastSeq = 1;
    const stale = watch.read(1);
    stream.lastSeq = 2;
    watch.observe(2);
    const fresh = watch.read(1);
    expect(stream.reads).toHaveLength(2);
    stream.finishAll();
    expect(await stale).toEqual([]);
    expect(seqs(await fresh)).toEqual([2]);
  });

  test('a repeated hint for the same row causes no read, even before the first read ends', async () => {
    const stream = new Stream();
    const watch = new RunWatch(stream.read);
    stream.lastSeq = 1;
    watch.observe(1);
    const reading = watch.read(0);
    watch.observe(1);
    stream.finishAll();
    expect(seqs(await reading)).toEqual([1]);
    expect(await watch.read(1)).toEqual([]);
    expect(stream.reads).toHaveLength(0);
  });

  test('a hint for a row that does not exist does not hide later rows', async () => {
    const stream = new Stream();
    const watch = new RunWatch(stream.read);
    stream.lastSeq = 1;
    watch.observe(1_000_000);
    const reading = watch.read(0);
    stream.finishAll();
    await reading;
    const version = watch.version;
    stream.lastSeq = 2;
    watch.observe(2);
    await watch.join(never).changed(version);
    const next = watch.read(1);
    stream.finishAll();
    expect(seqs(await next)).toEqual([2]);
  });

  test('a reader does not miss a change between reading the version and waiting', async () => {
    const stream = new Stream();
    const watch = new RunWatch(stream.read);
    const version = watch.version;
    watch.observe(1);
    await watch.join(never).changed(version);
    const waiting = watch.join(never).changed(watch.version);
    watch.observe(2);
    await waiting;
  });

  test('a wait ends when its signal aborts or its watch ends', async () => {
    const watch = new RunWatch(new Stream().read);
    const leaving = new AbortController();
    const waits = [watch.join(leaving.signal).changed(watch.version)];
    leaving.abort();
    await Promise.all(waits);
    const last = watch.join(never).changed(watch.version);
    watch.end();
    await last;
    await watch.join(never).changed(watch.version);
    expect(watch.ended).toBe(true);
  });

  test('a reader may wait many times, and is not woken after it leaves', async () => {
    const watch = new RunWatch(new Stream().read);
    const reader = watch.join(never);
    for (const seq of [1, 2]) {
      const waiting = reader.changed(watch.version);
      watch.observe(seq);
      await waiting;
    }
    let isWoken = false;
    void reader.changed(watch.version).then(() => (isWoken = true));
    reader.leave();
    watch.observe(3);
    await Promise.resolve();
    expect(isWoken).toBe(false);
  });

  test('a full page does not mark the end of the stream', async () => {
    const stream = new Stream();
    const watch = new RunWatch(stream.read);
    stream.lastSeq = PAGE_ROWS;
    const full = watch.read(0);
    stream.finishAll();
    expect(await full).toHaveLength(PAGE_ROWS);
    void watch.read(PAGE_ROWS);
    expect(stream.reads).toHaveLength(1);
    stream.finishAll();
  });

  test('a full page up to the announced seq marks the end of the stream', async () => {
    const stream = new Stream();
    const watch = new RunWatch(stream.read);
    stream.lastSeq = PAGE_ROWS;
    watch.observe(PAGE_ROWS);
    const full = watch.read(0);
    stream.finishAll();
    await full;
    expect(await watch.read(PAGE_ROWS)).toEqual([]);
    expect(stream.reads).toHaveLength(0);
  });

  test('rows that one read finds wake the readers whose last read was empty', async () => {
    const stream = new Stream();
    const watch = new RunWatch(stream.read);
    stream.lastSeq = 2;
    watch.observe(2);
    const early = watch.read(0);
    stream.lastSeq = 3;
    // This read began later, and finds a row that no hint has announced yet.
    const late = watch.read(1);
    stream.reads.shift()?.finish();
    await early;
    expect(await watch.read(2)).toEqual([]);
    const waiting = watch.join(never).changed(watch.version);
    stream.finishAll();
    expect(seqs(await late)).toEqual([2, 3]);
    // The hint for that row changes nothing.
    watch.observe(3);
    await waiting;
    expect(seqs(await watch.read(2))).toEqual([3]);
  });

  test('a failed read is not cached', async () => {
    let fail = true;
    const watch = new RunWatch(async () => {
      if (fail) throw new Error('away');
      return [{ seq: 1, text: 'x', isLast: false }];
    });
    await expect(watch.read(0)).rejects.toThrow('away');
    fail = false;
    expect(seqs(await watch.read(0))).toEqual([1]);
  });
});
