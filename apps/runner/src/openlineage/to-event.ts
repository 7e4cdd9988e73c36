import type { LineageMove } from '@rat/store';

/** A column, with its type as Iceberg spells it. */
export interface DatasetColumn {
  name: string;
  type: string;
}

/** What an event needs besides the run. */
export interface EventContext {
  /** The namespace of jobs and datasets: the name of this installation. */
  namespace: string;
  version: string;
  /** The columns of a table at a version, by `namespace.layer.name`; absent when it cannot be read. */
  columns: ReadonlyMap<string, readonly DatasetColumn[]>;
}

type Facet = { _producer: string; _schemaURL: string } & Record<string, unknown>;

interface Dataset {
  namespace: string;
  name: string;
  facets: Record<string, Facet>;
}

/** A run event of OpenLineage. */
export interface LineageEvent {
  eventType: 'START' | 'COMPLETE' | 'FAIL' | 'ABORT';
  eventTime: string;
  producer: string;
  schemaURL: string;
  run: { runId: string; facets: Record<string, Facet> };
  job: { namespace: string; name: string; facets: Record<string, Facet> };
  inputs: Dataset[];
  outputs: (Dataset & { outputFacets: Record<string, Facet> })[];
}

const SPEC = 'https://openlineage.io/spec';

/** The type of event that a status change is; undefined for one that OpenLineage has no event for. */
export function eventType(
  move: Pick<LineageMove, 'kind' | 'status' | 'attempt' | 'hasStarted'>,
): LineageEvent['eventType'] | undefined {
  // Maintenance changes no row, and an audit writes no table.
  if (move.kind !== 'pipeline') return undefined;
  switch (move.status) {
    case 'pending':
      return undefined;
    case 'running':
      // A run has one START, also when it is retried.
      return move.attempt === 1 ? 'START' : undefined;
    case 'success':
      return 'COMPLETE';
    case 'failed':
      return move.hasStarted ? 'FAIL' : undefined;
    case 'cancelled':
      return move.hasStarted ? 'ABORT' : undefined;
  }
}

/** The address of the table that a run writes. */
export function outputName({ namespace, layer, pipeline }: LineageMove): string {
  return `${namespace}.${layer}.${pipeline}`;
}

/**
 * Makes the event of a status change. A START knows only the table that the run will write: what it
 * reads is known once it has read it.
 */
export function toEvent(
  move: LineageMove,
  type: LineageEvent['eventType'],
  context: EventContext,
): LineageEvent {
  const { namespace, version } = context;
  const producer = `urn:rat-runs:${version}`;
  const facet = (schema: string, fields: Record<string, unknown>): Facet => {
    const name = schema.split('/').at(-1);
    const url = `${SPEC}/facets/${schema}.json#/$defs/${name}`;
    return { _producer: producer, _schemaURL: url, ...fields };
  };
  const table = (name: string, snapshotId: string | undefined): Dataset => {
    const columns = context.columns.get(name);
    return {
      namespace,
      name,
      facets: {
        ...(columns && { schema: facet('1-2-0/SchemaDatasetFacet', { fields: columns }) }),
        ...(snapshotId === undefined
          ? {}
          : { version: facet('1-0-1/DatasetVersionDatasetFacet', { datasetVersion: snapshotId }) }),
      },
    };
  };
  const isStart = type === 'START';
  const inputs = isStart ? [] : Object.entries(move.inputSnapshots);
  const zones = isStart ? [] : move.zones;
  const statistics =
    type === 'COMPLETE' && move.rowsWritten !== undefined
      ? {
          outputStatistics: facet('1-0-2/OutputStatisticsOutputDatasetFacet', {
            rowCount: move.rowsWritten,
            ...(move.bytesWritten === undefined ? {} : { size: move.bytesWritten }),
          }),
        }
      : {};
  const output = outputName(move);
  const snapshot = type === 'COMPLETE' ? move.outputSnapshotId : undefined;
  const jobType = { processingType: 'BATCH', integration: 'RAT', jobType: 'PIPELINE' };
  return {
    eventType: type,
    eventTime: move.at.toISOString(),
    producer,
    schemaURL: `${SPEC}/2-0-2/OpenLineage.json#/$defs/RunEvent`,
    run: {
      runId: move.runId,
      facets: {
        ...(move.interval && {
          nominalTime: facet('1-0-1/NominalTimeRunFacet', {
            nominalStartTime: move.interval.start.toISOString(),
            nominalEndTime: move.interval.end.toISOString(),
          }),
        }),
        ...(type === 'FAIL' && {
          errorMessage: facet('1-0-1/ErrorMessageRunFacet', {
            message: move.error ?? 'the run failed',
            programmingLanguage: 'SQL',
          }),
        }),
      },
    },
    job: { namespace, name: output, facets: { jobType: facet('2-0-4/JobTypeJobFacet', jobType) } },
    inputs: [
      ...inputs.map(([name, snapshotId]) => table(name, snapshotId)),
      ...zones.map((zone) => table(`${move.namespace}.landing.${zone}`, undefined)),
    ],
    outputs: [{ ...table(output, snapshot), outputFacets: statistics }],
  };
}
