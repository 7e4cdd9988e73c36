import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { mailbox, withFleet } from '../bench-fleet.ts';
import type { Bench } from '../bench.ts';
import { openHttpClient } from '../http-client.ts';
import { alternate, row } from '../measure.ts';

const RUN = { namespace: 'default', layer: 'silver', pipeline: 'bench' };

export const start: Bench = {
  name: 'start',
  measures: 'a run is requested → it is `running`, observed over Redis',
  against: 'BullMQ `add` → its processor, observed over Redis',
  run: ({ quick }) =>
    withFleet({ runners: 1 }, async (fleet) => {
      await fleet.putPipeline('default/silver/bench', { sql: 'SELECT 1 AS n' });
      const queueName = `${fleet.prefix}_bare`;
      await fleet.startProgram('bare-worker', { QUEUE: queueName, CONCURRENCY: '2', COMMITS: '0' });
      const connection = new Redis(fleet.redisUrl);
      const queue = new Queue(queueName, { connection });
      const http = openHttpClient(1);
      const runs = mailbox();
      const jobs = mailbox();
      const silences = [
        await fleet.onHint(
          (hint) => hint.kind === 'moved' && runs.put(`${hint.runId} ${hint.status}`),
        ),
        await fleet.hears(queueName, (id) => jobs.put(id)),
      ];
      const sent: number[] = [];
      const { ours, baseline } = await alternate({
        rounds: quick ? 20 : 150,
        sides: {
          ours: async (round) => {
            const began = performance.now();
            const { run_id: id } = await http.post<{ run_id: string }>(fleet.url('/runs'), RUN);
            const answered = performance.now();
            const running = await runs.take(`${id} running`);
            await runs.take(`${id} success`);
            if (round >= 0) sent.push(running - began);
            // The run is enqueued before the POST is answered, so its hint may arrive first.
            return Math.max(0, running - answered);
          },
          baseline: async (round) => {
            const began = performance.now();
            await queue.add('job', { id: round });
            const heard = await jobs.take(String(round));
            return heard - began;
          },
        },
      });
      for (const silence of silences) silence();
      http.close();
      await queue.close();
      connection.disconnect();
      return [
        row({
          what: '`POST` answered → `running`',
          unit: 'ms',
          ours,
          baseline,
          goals: [
            { of: 'ratio', atMost: 3 },
            { of: 'median', atMost: 15 },
            { of: 'p99', atMost: 60 },
          ],
        }),
        row({ what: '`POST` sent → `running`', unit: 'ms', ours: sent, baseline }),
      ];
    }),
};
