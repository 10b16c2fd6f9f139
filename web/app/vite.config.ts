import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

const server = process.env['WAYBILL_URL'] ?? 'http://127.0.0.1:8080';

export default defineConfig({
  plugins: [react()],
  resolve: { conditions: ['waybill-source', 'module', 'browser', 'development|production'] },
  // The page's Content-Security-Policy allows its own files only, and so no data: URLs.
  build: { assetsInlineLimit: 0, modulePreload: { polyfill: false }, chunkSizeWarningLimit: 700 },
  server: { proxy: { '/v1': { target: server, ws: true } } },
});
