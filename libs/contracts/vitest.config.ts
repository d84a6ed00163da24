import { defineConfig } from 'vitest/config';
import { levels } from '../../vitest.shared.ts';

export default defineConfig({ test: { projects: levels({ root: '.', workspace: '../..' }), passWithNoTests: true } });
