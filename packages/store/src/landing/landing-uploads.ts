import type { Database } from '../db/database.ts';
import { storableText } from '../db/storable.ts';

/** A file of a zone at one moment: what distinguishes it from others that had or will have its name. */
export interface DeliveredFile {
  name: string;
  bytes: number;
  modifiedAt: Date;
}

/** The facts about a file that only its upload knows. */
export interface LandingUpload extends DeliveredFile {
  contentType: string | undefined;
  /** As the client stated it. */
  uploadedBy: string | undefined;
  uploadedAt: Date;
}

/**
 * Writes down who uploaded a file. A second upload of the very same file keeps what the first one
 * said.
 */
export async function recordLandingUpload(
  db: Database,
  zone: { namespace: string; zone: string },
  upload: Omit<LandingUpload, 'uploadedAt'>,
): Promise<LandingUpload> {
  const { name, bytes, modifiedAt, contentType, uploadedBy } = upload;
  await db.pool.query({
    name: 'record-landing-upload',
    text: `INSERT INTO landing_uploads
        (namespace, zone, name, modified_at, bytes, content_type, uploaded_by)
      VALUES ($1, $2, $3, $4, $5, $6, $7)
      ON CONFLICT (namespace, zone, name, modified_at) DO NOTHING`,
    values: [
      zone.namespace,
      zone.zone,
      name,
      modifiedAt,
      bytes,
      contentType === undefined ? null : storableText(contentType),
      uploadedBy === undefined ? null : storableText(uploadedBy),
    ],
  });
  const [stored] = await findLandingUploads(db, zone, [upload]);
  return stored ?? { ...upload, uploadedAt: modifiedAt };
}

/** The uploads of these files, in no order; a file that was delivered past the API has none. */
export async function findLandingUploads(
  db: Database,
  zone: { namespace: string; zone: string },
  files: readonly DeliveredFile[],
): Promise<LandingUpload[]> {
  if (files.length === 0) return [];
  const answer = await db.pool.query<StoredUpload>({
    name: 'find-landing-uploads',
    text: `SELECT u.name, u.modified_at, u.bytes, u.content_type, u.uploaded_by, u.uploaded_at
      FROM landing_uploads u
      JOIN unnest($3::text[], $4::timestamptz[], $5::bigint[]) AS f (name, modified_at, bytes)
        ON u.name = f.name AND u.modified_at = f.modified_at AND u.bytes = f.bytes
      WHERE u.namespace = $1 AND u.zone = $2`,
    values: [
      zone.namespace,
      zone.zone,
      files.map(({ name }) => name),
      files.map(({ modifiedAt }) => modifiedAt),
      files.map(({ bytes }) => bytes),
    ],
  });
  return answer.rows.map((row) => ({
    name: row.name,
    bytes: row.bytes,
    modifiedAt: row.modified_at,
    contentType: row.content_type ?? undefined,
    uploadedBy: row.uploaded_by ?? undefined,
    uploadedAt: row.uploaded_at,
  }));
}

interface StoredUpload {
  name: string;
  modified_at: Date;
  bytes: number;
  content_type: string | null;
  uploaded_by: string | null;
  uploaded_at: Date;
}

/** Removes up to `limit` uploads that are older than `days`; answers how many. */
export async function removeOldUploads(
  db: Database,
  { days, limit }: { days: number; limit: number },
): Promise<number> {
  const answer = await db.pool.query({
    name: 'remove-old-uploads',
    text: `DELETE FROM landing_uploads WHERE (namespace, zone, name, modified_at) IN (
        SELECT namespace, zone, name, modified_at FROM landing_uploads
        WHERE uploaded_at < now() - $1 * interval '1 day'
        ORDER BY uploaded_at LIMIT $2)`,
    values: [days, limit],
  });
  return answer.rowCount ?? 0;
}
