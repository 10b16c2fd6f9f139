import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    projects: [
      {
        resolve: { conditions: ['waybill-source'] },
        ssr: { resolve: { conditions: ['waybill-source', 'node'] } },
        test: { name: 'client', root: './client', include: ['test/**/*.test.{ts,tsx}'] },
      },
      {
        resolve: { conditions: ['waybill-source'] },
        ssr: { resolve: { conditions: ['waybill-source', 'node'] } },
        test: { name: 'app', root: './app', include: ['src/**/*.test.{ts,tsx}'] },
      },
    ],
  },
});
