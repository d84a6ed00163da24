type Write = (bindings: object, message: string) => void;

/** The part of pino's interface that these libraries and the services' use cases log through; also Nest's token for it. */
export abstract class Log {
  abstract debug: Write;
  abstract info: Write;
  abstract warn: Write;
  abstract error: Write;
}

const drop = (): void => undefined;

/** For programs that own their output, such as a test or a command line. */
export const silentLog: Log = { debug: drop, info: drop, warn: drop, error: drop };
