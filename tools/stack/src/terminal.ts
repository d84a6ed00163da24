import { Listr, type ListrTask } from 'listr2';

export interface StartStep {
  title: string;
  /** Says false when the stack went down in the meantime. */
  run: () => Promise<boolean>;
}

/** Whether lines can be redrawn; otherwise plain lines are printed once each. */
const canRedraw = process.stdout.isTTY === true && (process.stdout.columns || 0) >= 40;

/** Shows the stages of a start; the steps of one stage run at the same time. Rejects with the first error. */
export async function showSteps(stages: StartStep[][]): Promise<void> {
  const failures: unknown[] = [];
  const list = new Listr(
    stages.map((steps) => stageTask(steps, failures)),
    {
      renderer: canRedraw ? 'default' : 'simple',
      rendererOptions: { collapseSubtasks: false, showErrorMessage: false, collapseErrors: false },
      registerSignalListeners: false, // The stack has its own, and would be ended before its parts.
    },
  );
  await list.run().catch((error: unknown) => {
    throw failures[0] ?? error;
  });
}

function stageTask(steps: StartStep[], failures: unknown[]): ListrTask {
  const [first, ...others] = steps;
  if (first !== undefined && others.length === 0) return stepTask(first, failures);
  const title = steps.map((step) => step.title).join(', ');
  return {
    title,
    task: (_, task) =>
      task.newListr(
        steps.map((step) => stepTask(step, failures)),
        { concurrent: true },
      ),
  };
}

// The list shows one line per step; the whole message comes after it.
function stepTask({ title, run }: StartStep, failures: unknown[]): ListrTask {
  return {
    title,
    task: async (_, task) => {
      const begin = Date.now();
      const isUp = await run().catch((error: unknown) => {
        failures.push(error);
        throw new Error('see below');
      });
      if (!isUp) {
        task.skip('interrupted');
        return;
      }
      task.title = `${title}: ${((Date.now() - begin) / 1000).toFixed(1)} s`;
    },
  };
}

/** One line of news while the stack runs, with the time of day. */
export function announce(line: string): void {
  process.stdout.write(`[${new Date().toTimeString().slice(0, 8)}] ${line}\n`);
}

export function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
