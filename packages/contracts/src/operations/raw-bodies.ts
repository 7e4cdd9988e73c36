import { z } from 'zod';

const bytes = z.string().meta({ override: { type: 'string', format: 'binary' } });

/** Bytes of any media type, under the one type that every client can send. */
export const ANY_BYTES = { 'application/octet-stream': bytes };

/** A form with one file, and with these other parts. */
export function formWithFile(
  parts: Readonly<Record<string, z.ZodType>> = {},
): Readonly<Record<string, z.ZodType>> {
  return { 'multipart/form-data': z.strictObject({ ...parts, file: bytes }) };
}
