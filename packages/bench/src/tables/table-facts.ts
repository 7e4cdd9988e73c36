import { join } from 'node:path';
import type { RunDetail } from '@rat/contracts';
import { readLiveFiles, readTableState, type LiveFile, type TableState } from '@rat/iceberg';
import { LocalTableFiles } from '@rat/storage';
import type { Fleet } from '@rat/testing';

export const MINUTES = 60_000;

/** The cached reader of each fleet: its files are immutable, so each is read once. */
const filesOf = new WeakMap<Fleet, LocalTableFiles>();

/** Receives one measurement: what was measured, and its figures by name. */
export type Tell = (what: string, figures: Record<string, string | number | null>) => void;

export async function run(fleet: Fleet, path: string): Promise<RunDetail> {
  const id = await fleet.createRun(path);
  await fleet.spy.waitFor(id, 'success', 5 * MINUTES);
  return readRun(fleet, id);
}

export async function readRun(fleet: Fleet, id: string): Promise<RunDetail> {
  return (await fleet.getJson(`/runs/${id}`)) as RunDetail;
}

export async function current(
  fleet: Fleet,
  layer: string,
  name: string,
): Promise<TableState & { files: LocalTableFiles }> {
  const files = filesOf.get(fleet) ?? new LocalTableFiles(join(fleet.home, 'warehouse'));
  filesOf.set(fleet, files);
  const [row] = await fleet.query<{ location: string }>(
    `SELECT metadata_location AS location FROM lake.iceberg_tables
     WHERE table_namespace = 'default_${layer}' AND table_name = '${name}'`,
  );
  return { files, ...(await readTableState(files, given(row).location)) };
}

export async function liveFiles(
  fleet: Fleet,
  layer: string,
  name: string,
): Promise<Map<string, LiveFile>> {
  const { files, metadata } = await current(fleet, layer, name);
  const live = await mainFiles(files, metadata);
  return new Map(live.map((file) => [file.path, file]));
}

export function mainFiles(
  files: LocalTableFiles,
  metadata: TableState['metadata'],
): Promise<LiveFile[]> {
  return readLiveFiles(files, metadata, given(metadata['current-snapshot-id']));
}

export function phase(phases: RunDetail['phases'], name: string): number {
  return phases.find((one) => one.name === name)?.duration_ms ?? 0;
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return given(sorted[sorted.length >> 1]);
}

export function seconds(ms: number): number {
  return round(ms / 1_000);
}

export function round(value: number): number {
  return Math.round(value * 100) / 100;
}

/** A value that is always there; throws when it is not. */
export function given<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('a figure has no value');
  return value;
}
