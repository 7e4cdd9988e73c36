/**
 * Advisory lock of the schema. A process that migrates holds it alone, so replicas that start
 * together migrate one after the other. A backup shares it, so a migration waits for the end of the
 * backup before it locks any table.
 */
export const MIGRATION_LOCK = 7_286_071;
