import type { Logger } from '@nestjs/common';
import type { Log } from '@sluice/core';

/** This library's log through Nest's, which nestjs-pino turns into JSON lines with these bindings. */
export function nestLog(logger: Logger): Log {
  return {
    debug: (bindings, message) => logger.debug(bindings, message),
    info: (bindings, message) => logger.log(bindings, message),
    warn: (bindings, message) => logger.warn(bindings, message),
    error: (bindings, message) => logger.error(bindings, message),
  };
}
