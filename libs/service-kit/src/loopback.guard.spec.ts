import { expect, it } from 'vitest';
import { isLoopback } from './loopback.guard.ts';

it.each(['127.0.0.1', '127.3.2.1', '::1', '::ffff:127.0.0.1'])('%s is this machine', (address) => {
  expect(isLoopback(address)).toBe(true);
});

it.each(['10.0.0.7', '172.17.0.1', '128.0.0.1', '::', '::2', '::ffff:10.0.0.7', '127.0.0.1.evil', '', undefined])(
  '%s is not known to be',
  (address) => {
    expect(isLoopback(address)).toBe(false);
  },
);
