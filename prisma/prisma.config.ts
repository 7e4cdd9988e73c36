import { defineConfig } from 'prisma/config';

// `prisma generate` reads only the schema; `prisma migrate deploy` elsewhere reads DATABASE_URL.
export default defineConfig({
  schema: 'schema.prisma',
  migrations: { path: 'migrations' },
  datasource: { url: process.env['DATABASE_URL'] ?? '' },
});
