import {
  Handle,
  MarkerType,
  Position,
  ReactFlow,
  ReactFlowProvider,
  useReactFlow,
  type Edge,
  type Node,
  type NodeProps,
  type ReactFlowInstance,
} from '@xyflow/react';
import '@xyflow/react/dist/base.css';
import { useQuery } from '@tanstack/react-query';
import { useMemo, useRef, useSyncExternalStore, type FocusEvent, type ReactNode } from 'react';
import { Answer } from '../parts/answer.tsx';
import { markOf, StatusMark } from '../parts/status-mark.tsx';
import { useNamespace } from '../parts/use-namespace.ts';
import { Time } from '../time.tsx';
import { BoxLink } from './box-link.tsx';
import { Freshness, kindOfBox, wordsOfFlow } from './box-words.tsx';
import { EdgeLegend, lookOfFlow } from './edge-legend.tsx';
import {
  nameOfBox,
  type LineageBox,
  type LineageBoxes,
  type LineageFlow,
} from './lineage-boxes.ts';
import styles from './lineage-drawing.module.css';
import { BOX_HEIGHT, BOX_WIDTH, type PlacedBoxes, type PlacingOrder } from './place-boxes.ts';
import { placeInWorker } from './place-in-worker.ts';

type Direction = PlacingOrder['direction'];
type BoxNode = Node<{ box: LineageBox; isRoot: boolean; direction: Direction }, 'box'>;

const NODE_TYPES = { box: Box };

/** Below this the words of a box are too small to read, so the graph begins at one box instead of whole. */
const ZOOM_READABLE = 0.7;
const ZOOM_MIN = 0.15;
const ZOOM_MAX = 1.5;
/** The room above the first box, in pixels. */
const MARGIN = 16;
const COLOUR = 'var(--line-strong)';

/** The graph. A press on a box, or Enter, opens its screen; a drag moves the graph. */
export function LineageDrawing({
  lineage,
  root,
}: {
  lineage: LineageBoxes;
  root: string | undefined;
}): ReactNode {
  const direction = useDirection();
  const order = toOrder(lineage, direction);
  // The key has what is placed, so a changed status moves no box.
  const placed = useQuery({
    queryKey: ['placed-boxes', order],
    queryFn: ({ signal }) => placeInWorker(order, signal),
    staleTime: Infinity,
    retry: false,
  });
  return (
    <Answer of={placed} rows={6}>
      {(places) => (
        <ReactFlowProvider>
          <Zoom />
          <Canvas
            key={`${direction} ${order.ids.join(' ')}`}
            lineage={lineage}
            places={places}
            root={root}
            direction={direction}
          />
          <EdgeLegend />
        </ReactFlowProvider>
      )}
    </Answer>
  );
}

function toOrder({ boxes, flows }: LineageBoxes, direction: Direction): PlacingOrder {
  const pairs = new Map(flows.map(({ from, to }) => [`${from} ${to}`, [from, to] as const]));
  return { ids: boxes.map(({ id }) => id), pairs: [...pairs.values()], direction };
}

function Canvas({
  lineage: { boxes, flows },
  places,
  root,
  direction,
}: {
  lineage: LineageBoxes;
  places: PlacedBoxes;
  root: string | undefined;
  direction: Direction;
}): ReactNode {
  const frame = useRef<HTMLDivElement>(null);
  const nodes = useMemo(
    () =>
      boxes.map((box, index): BoxNode => {
        const [x, y] = places[index] ?? [0, 0];
        const data = { box, isRoot: box.id === root, direction };
        const size = { width: BOX_WIDTH, height: BOX_HEIGHT };
        return { id: box.id, type: 'box', position: { x, y }, ...size, data };
      }),
    [boxes, places, root, direction],
  );
  const edges = useMemo(() => toEdges(flows), [flows]);
  return (
    <div ref={frame} className={styles.canvas}>
      <ReactFlow
        aria-label="graph of the lineage"
        nodes={nodes}
        edges={edges}
        nodeTypes={NODE_TYPES}
        onInit={(flow) => begin(flow, { frame: frame.current, root, direction })}
        minZoom={ZOOM_MIN}
        maxZoom={ZOOM_MAX}
        nodesDraggable={false}
        nodesConnectable={false}
        nodesFocusable={false}
        edgesFocusable={false}
        elementsSelectable={false}
        // The wheel scrolls the page, as everywhere else.
        zoomOnScroll={false}
        zoomOnDoubleClick={false}
        preventScrolling={false}
        // Tab and Enter are those of links; the library has no key of its own.
        disableKeyboardA11y
        deleteKeyCode={null}
        selectionKeyCode={null}
        multiSelectionKeyCode={null}
        panActivationKeyCode={null}
        zoomActivationKeyCode={null}
        proOptions={{ hideAttribution: true }}
      />
    </div>
  );
}

/** The lines, without that of a test that reads what the SQL reads too: it would lie on the other and hide its dashes. */
function toEdges(flows: readonly LineageFlow[]): Edge[] {
  const read = new Set(
    flows.filter(({ kind }) => kind !== 'test').map(({ from, to }) => `${from} ${to}`),
  );
  return flows
    .filter(({ kind, from, to }) => kind !== 'test' || !read.has(`${from} ${to}`))
    .map(toEdge);
}

function toEdge(flow: LineageFlow): Edge {
  const { from, to, kind } = flow;
  return {
    id: `${from} ${to} ${kind}`,
    source: from,
    target: to,
    style: { strokeDasharray: lookOfFlow(flow) },
    label: wordsOfFlow(flow),
    labelStyle: { fill: 'var(--text)' },
    labelBgStyle: { fill: 'var(--panel)' },
    markerEnd: { type: MarkerType.ArrowClosed, color: COLOUR, width: 16, height: 16 },
  };
}

/**
 * Shows the whole graph. Where that would be too small to read, shows its root, or in a narrow window
 * the box where the data begins.
 */
function begin(
  flow: ReactFlowInstance<BoxNode>,
  {
    frame,
    root,
    direction,
  }: { frame: HTMLElement | null; root: string | undefined; direction: Direction },
): void {
  const nodes = flow.getNodes();
  const bounds = flow.getNodesBounds(nodes);
  const { clientWidth = 0, clientHeight = 0 } = frame ?? {};
  const zoom = Math.min(clientWidth / bounds.width, clientHeight / bounds.height);
  const first = nodes.find(({ id }) => id === root);
  const [source] = nodes.toSorted((a, b) => a.position.y - b.position.y);
  if (zoom < ZOOM_READABLE && first !== undefined) {
    center(flow, first, ZOOM_READABLE);
  } else if (zoom < ZOOM_READABLE && direction === 'down' && source !== undefined) {
    const x = clientWidth / 2 - (source.position.x + BOX_WIDTH / 2) * ZOOM_READABLE;
    void flow.setViewport({ x, y: MARGIN, zoom: ZOOM_READABLE });
  } else {
    void flow.fitView({ maxZoom: 1, padding: 0.05 });
  }
}

function center(
  flow: Pick<ReactFlowInstance<BoxNode>, 'setCenter'>,
  { position: { x, y } }: Pick<BoxNode, 'position'>,
  zoom: number,
): void {
  void flow.setCenter(x + BOX_WIDTH / 2, y + BOX_HEIGHT / 2, { zoom });
}

/** Above the graph: over it they would hide a box. */
function Zoom(): ReactNode {
  const flow = useReactFlow<BoxNode>();
  return (
    <div className={styles.zoom}>
      <button type="button" aria-label="smaller" onClick={() => void flow.zoomOut()}>
        −
      </button>
      <button type="button" aria-label="larger" onClick={() => void flow.zoomIn()}>
        +
      </button>
      <button type="button" onClick={() => void flow.fitView({ maxZoom: 1, padding: 0.05 })}>
        Whole graph
      </button>
    </div>
  );
}

function Box({ id, data: { box, isRoot, direction } }: NodeProps<BoxNode>): ReactNode {
  const namespace = useNamespace();
  const flow = useReactFlow<BoxNode>();
  const name = nameOfBox(box, namespace);
  const [entry, exit] =
    direction === 'right' ? [Position.Left, Position.Right] : [Position.Top, Position.Bottom];
  const follow = ({ currentTarget }: FocusEvent<HTMLAnchorElement>): void => {
    const node = flow.getNode(id);
    if (node === undefined || isSeen(currentTarget)) return;
    center(flow, node, flow.getZoom());
  };
  return (
    <>
      <Handle type="target" position={entry} className={styles.handle} />
      <BoxLink
        box={box}
        className={`${styles.box} ${styles[box.kind]} ${isRoot ? styles.root : ''}`}
        onFocus={follow}
      >
        <span className={styles.name} title={name}>
          {name}
        </span>
        {box.kind === 'pipeline' && (
          <span className={styles.fact}>
            <LastRun run={box.run} />
          </span>
        )}
        {box.kind === 'pipeline' && (
          <span className={styles.fact}>
            <Freshness box={box} />
          </span>
        )}
        <span className={`${styles.fact} ${styles.quiet}`}>
          {kindOfBox(box)}
          {box.isInCycle && ' · in a circle'}
        </span>
      </BoxLink>
      <Handle type="source" position={exit} className={styles.handle} />
    </>
  );
}

function LastRun({ run }: { run: LineageBox['run'] }): ReactNode {
  if (run === null) return 'never run';
  return (
    <>
      <StatusMark mark={markOf(run)} /> <Time at={run.created_at} />
    </>
  );
}

/** Whether an element lies in the part of the graph that is seen. */
function isSeen(element: HTMLElement): boolean {
  const outer = element.closest(`.${styles.canvas}`)?.getBoundingClientRect();
  const inner = element.getBoundingClientRect();
  return (
    outer === undefined ||
    (inner.left >= outer.left &&
      inner.right <= outer.right &&
      inner.top >= outer.top &&
      inner.bottom <= outer.bottom)
  );
}

const narrow = window.matchMedia('(max-width: 640px)');

function subscribe(listener: () => void): () => void {
  narrow.addEventListener('change', listener);
  return () => narrow.removeEventListener('change', listener);
}

function useDirection(): Direction {
  return useSyncExternalStore(subscribe, () => narrow.matches) ? 'down' : 'right';
}
