/**
 * What a service is started with, in the stack, in the benchmark and in the image: what is measured is what is deployed.
 * Garbage collections make clients wait where a service has about one processor. Each collection waits for all of V8's
 * helper threads, four by default; and a full one occupies the service and its helpers for a fifth of a second, every ten
 * seconds under load, so the heap may grow to four times what is in use before the next.
 */
export const serviceFlags = ['--enable-source-maps', '--v8-pool-size=1', '--heap-growing-percent=300'];
