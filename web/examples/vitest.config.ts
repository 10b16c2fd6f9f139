import { defineConfig } from 'vitest/config';

// Not among the projects of `npm test`: a test of the command line makes the database that the example looks at.
export default defineConfig({ test: { include: ['*.test.ts'] } });
