import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { toLineageGraph } from './lineage-graph.ts';
import { advanceGroup, planGroup, type GroupNode, type NodeState } from './run-group.ts';

const graph = (reads: Record<string, string>) =>
  toLineageGraph(
    Object.entries(reads).map(([address, targets]) => ({
      address,
      hasSucceeded: true,
      inputs: targets
        .split(' ')
        .filter((target) => target !== '')
        .map((target) => ({ kind: 'ref' as const, target, declared: true, observed: false })),
    })),
  );

const DIAMOND = graph({ raw: '', left: 'raw', right: 'raw', join: 'left right', out: 'join' });

describe('planGroup', () => {
  const names = (...given: Parameters<typeof planGroup>): string[] =>
    planGroup(...given).nodes.map(({ address }) => address);

  test('has each pipeline of a diamond once, after its needs', () => {
    const all = { upstream: 'all', downstream: 'all' } as const;
    expect(planGroup(DIAMOND, 'join', all, new Set()).nodes).toEqual([
      { address: 'raw', needs: [] },
      { address: 'left', needs: ['raw'] },
      { address: 'right', needs: ['raw'] },
      { address: 'join', needs: ['left', 'right'] },
      { address: 'out', needs: ['join'] },
    ]);
  });

  test('with stale has the stale pipelines above only, and the root in any case', () => {
    const scope = { upstream: 'stale', downstream: 'none' } as const;
    expect(names(DIAMOND, 'join', scope, new Set(['left', 'out']))).toEqual(['left', 'join']);
    expect(names(DIAMOND, 'join', scope, new Set())).toEqual(['join']);
  });

  test('names the pipelines that wait for each other', () => {
    const loop = graph({ a: 'b', b: 'a', c: 'a' });
    const scope = { upstream: 'all', downstream: 'none' } as const;
    expect(planGroup(loop, 'c', scope, new Set()).loop).toEqual(['a', 'b']);
  });

  test('a pipeline that reads its own table waits for nothing by that', () => {
    const scope = { upstream: 'all', downstream: 'all' } as const;
    expect(planGroup(graph({ a: 'a' }), 'a', scope, new Set())).toEqual({
      nodes: [{ address: 'a', needs: [] }],
      loop: [],
    });
  });
});

describe('advanceGroup', () => {
  const node = (pipelineId: string, needs: string, state: NodeState, run?: GroupNode['run']) => ({
    pipelineId,
    needs: needs.split(' ').filter((need) => need !== ''),
    state,
    run,
  });

  test('starts what has no needs, and what has them all, and nothing else', () => {
    const step = advanceGroup([
      node('raw', '', 'running', 'success'),
      node('left', 'raw', 'waiting'),
      node('right', 'raw', 'running', 'pending'),
      node('join', 'left right', 'waiting'),
    ]);
    expect(step.start).toEqual(['left']);
    expect(step.states).toEqual(
      new Map([
        ['raw', 'success'],
        ['left', 'running'],
      ]),
    );
    expect(step.isOver).toBe(false);
  });

  test('blocks everything below a failure, and goes on beside it', () => {
    const step = advanceGroup([
      node('raw', '', 'success', 'success'),
      node('left', 'raw', 'running', 'failed'),
      node('right', 'raw', 'waiting'),
      node('join', 'left right', 'waiting'),
      node('out', 'join', 'waiting'),
    ]);
    expect(step.start).toEqual(['right']);
    expect(step.states.get('join')).toBe('blocked');
    expect(step.states.get('out')).toBe('blocked');
  });

  test('random graphs end with every pipeline started once after its needs, or blocked', () => {
    const size = 7;
    const given = fc.record({
      needs: fc.array(fc.subarray([...Array(size).keys()]), { minLength: size, maxLength: size }),
      fails: fc.subarray([...Array(size).keys()]),
    });
    fc.assert(
      fc.property(given, ({ needs, fails }) => {
        let nodes: GroupNode[] = needs.map((own, n) => ({
          pipelineId: `${n}`,
          needs: own.filter((need) => need < n).map(String),
          state: 'waiting',
          run: undefined,
        }));
        const started: string[] = [];
        for (let round = 0; ; round += 1) {
          expect(round).toBeLessThanOrEqual(size + 1);
          const { start, states, isOver } = advanceGroup(nodes);
          nodes = nodes.map((one) => {
            const state = states.get(one.pipelineId) ?? one.state;
            const isFailed = fails.includes(Number(one.pipelineId));
            const run = start.includes(one.pipelineId)
              ? isFailed
                ? 'failed'
                : 'success'
              : one.run;
            return { ...one, state, run };
          });
          for (const id of start) {
            const own = nodes.find(({ pipelineId }) => pipelineId === id);
            const above = nodes.filter(({ pipelineId }) => own?.needs.includes(pipelineId));
            expect(above.every(({ state }) => state === 'success')).toBe(true);
          }
          started.push(...start);
          if (isOver) break;
        }
        expect(new Set(started).size).toBe(started.length);
        const blocked = nodes.filter(({ state }) => state === 'blocked').length;
        expect(started.length + blocked).toBe(size);
      }),
    );
  });
});
