import type { ZoneReading } from '@rat/domain';
import type { LandingZoneSettings } from './landing-zone.ts';

/** The settings of a zone as the store has them. */
interface StoredSettings extends ZoneReading {
  description: string | undefined;
  owner: string | undefined;
  expectedSchema: string | undefined;
  processedRetentionDays: number | undefined;
  createdAt: Date;
  updatedAt: Date;
}

/** The id of a zone is its address: a slug has no dot, so no two zones share one. */
export function landingZoneId({ namespace, name }: { namespace: string; name: string }): string {
  return `${namespace}.${name}`;
}

/**
 * A zone's settings in their wire shape, for API and runner. Without settings, of a zone that is
 * only a folder, every one is null or empty.
 */
export function presentZoneSettings(
  { namespace, name }: { namespace: string; name: string },
  settings: StoredSettings | undefined,
): LandingZoneSettings {
  return {
    id: landingZoneId({ namespace, name }),
    namespace,
    name,
    description: settings?.description ?? '',
    owner: settings?.owner ?? null,
    expected_schema: settings?.expectedSchema ?? '',
    expected_columns:
      settings?.expectedColumns?.map((column) => ({ name: column.name, type: column.type })) ??
      null,
    on_empty: settings?.onEmpty ?? null,
    lifecycle: { processed_retention_days: settings?.processedRetentionDays ?? null },
    created_at: settings?.createdAt.toISOString() ?? null,
    updated_at: settings?.updatedAt.toISOString() ?? null,
  };
}
