import { thrownThings } from '@sluice/core/testing';
import { describe, expect, it } from 'vitest';
import { createLogger, nestLogger } from './logging.ts';

describe('the log', () => {
  it.each(thrownThings())('has a line about %s that was thrown', async (_, thrown) => {
    const lines: string[] = [];
    const logger = await createLogger({ service: 's', logLevel: 'info' }, { write: (line) => void lines.push(line) });
    logger.error({ err: thrown }, 'it failed');
    nestLogger(logger).error({ err: thrown }, 'it failed again', 'Consumer');
    const logged = lines.map((line) => JSON.parse(line) as { msg: string; err?: { message: string } });
    expect(logged.map(({ msg }) => msg)).toEqual(['it failed', 'it failed again']);
    if (thrown !== undefined) expect(logged.map(({ err }) => typeof err?.message)).toEqual(['string', 'string']);
  });
});
