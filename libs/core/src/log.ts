/** The part of pino's interface that this library logs through. */
export interface Log {
  debug(bindings: object, message: string): void;
  info(bindings: object, message: string): void;
  warn(bindings: object, message: string): void;
  error(bindings: object, message: string): void;
}

const drop = (): void => undefined;

/** For programs that own their output, such as a test or a command line. */
export const silentLog: Log = { debug: drop, info: drop, warn: drop, error: drop };
