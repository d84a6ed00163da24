import { defineConfig } from 'vitest/config';
import { ContainersFirst, levels } from './vitest.shared.ts';

export default defineConfig({
  test: {
    projects: levels({ root: '.', workspace: '.' }),
    passWithNoTests: true,
    sequence: { sequencer: ContainersFirst },
  },
});
