import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import { defaultClientConditions, defineConfig } from 'vite';
import { compressFiles } from './bin/compress-files.mjs';

const API = process.env['RAT_API_URL'] ?? 'http://127.0.0.1:8080';

/** The packages' sources, as everywhere in this repository: a build never sees the output of an older one. */
const conditions = ['rat-source', ...defaultClientConditions];

export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  base: '/console/',
  plugins: [react(), compressFiles()],
  resolve: { conditions },
  worker: { format: 'es' },
  build: {
    outDir: 'dist/site',
    emptyOutDir: true,
    target: 'es2023',
    // A style or an icon inside a script would need a wider policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
  server: {
    port: 5173,
    strictPort: true,
    // Event streams pass as they come: nothing here buffers or compresses.
    proxy: Object.fromEntries(
      ['/api', '/health', '/sign-in'].map((path) => [path, { target: API, changeOrigin: true }]),
    ),
  },
});
