import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** Runs a program that ends soon by itself, for its output. */
export const run = promisify(execFile);
