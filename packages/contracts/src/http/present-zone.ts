import type { ZoneReading } from '@rat/domain';
import type { LandingZoneSettings } from './landing-zone.ts';

/** The settings of a zone as the store has them. */
interface StoredSettings extends ZoneReading {
  description: string | undefined;
  owner: string | undefined;
  processedRetentionDays: number | undefined;
  createdAt: Date;
  updatedAt: Date;
}

/**
 * A zone's settings in their wire shape, for API and runner. Without settings, of a zone that is
 * only a folder, every one is null.
 */
export function presentZoneSettings(
  { namespace, name }: { namespace: string; name: string },
  settings: StoredSettings | undefined,
): LandingZoneSettings {
  return {
    namespace,
    name,
    description: settings?.description ?? null,
    owner: settings?.owner ?? null,
    expected_columns:
      settings?.expectedColumns?.map((column) => ({ name: column.name, type: column.type })) ??
      null,
    on_empty: settings?.onEmpty ?? null,
    lifecycle: { processed_retention_days: settings?.processedRetentionDays ?? null },
    created_at: settings?.createdAt.toISOString() ?? null,
    updated_at: settings?.updatedAt.toISOString() ?? null,
  };
}
