/**
 * Repeats `attempt` until it stops throwing, and gives its result; after `timeoutMs` (default 20,000) its last error.
 * The pause between two attempts is for the machine's sake, never what a test relies on.
 */
export async function eventually<T>(attempt: () => T | Promise<T>, timeoutMs = 20_000, pauseMs = 50): Promise<T> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (performance.now() > deadline) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
}
