import { rmSync } from 'node:fs';
import { memoryOfTree } from '@sluice/kit/process-info';
import { writeStackFile } from '@sluice/kit/stack-file';
import { guard } from './guard/guard.ts';
import type { StackPlan } from './plan.ts';
import { stackFolder } from './stack-folder.ts';
import { SupervisedPart } from './supervised-part.ts';
import { Supervisor } from './supervisor.ts';
import type { StartStep } from './terminal.ts';

// The stages of the plan, one after the other, when each needs all of its grace.
const SHUTDOWN_MS = 31_000;
const FORCED_SHUTDOWN_MS = 2_000;

/** A stack from its first part to its last. */
export class Stack {
  readonly supervisor: Supervisor;
  readonly #plan: StackPlan;
  readonly #startedAt = new Date();
  #down: Promise<void> | undefined;
  #withdraw: (() => void) | undefined;

  constructor(plan: StackPlan, report: (line: string) => void) {
    this.#plan = plan;
    const parts = [...plan.startStages.flat(), ...plan.onDemand].map(({ part, url }) => {
      return new SupervisedPart(part, { url, report, onStarted: () => this.#onStarted() });
    });
    this.supervisor = new Supervisor(parts);
  }

  /** The start, as something to be shown. A step rejects when its part doesn't start. */
  startSteps(): StartStep[][] {
    return this.#plan.startStages.map((stage) =>
      stage.map(({ part }) => ({ title: part.name, run: () => this.#startPart(part.name) })),
    );
  }

  /** Writes `stack.json`; from now on other tools find the stack. Kept up to date until the stack is down. */
  publish(): void {
    const unguard = guard({ kind: 'path', path: stackFolder.file });
    this.#withdraw = () => {
      rmSync(stackFolder.file, { force: true });
      unguard();
    };
    this.#write();
  }

  /** In bytes, with this process and its guard. */
  async memoryBytes(): Promise<number> {
    const containers = (await this.supervisor.status()).filter(({ handle }) => handle && 'container' in handle);
    const inContainers = containers.reduce((sum, { memoryBytes }) => sum + memoryBytes, 0);
    return inContainers + (await memoryOfTree(process.pid));
  }

  /** Ends everything in order; what doesn't end in 31 s is killed. Called again, it's the same shutdown. */
  shutDown(): Promise<void> {
    this.#down ??= this.supervisor.shutDown(this.#plan.shutdownStages, SHUTDOWN_MS).then(() => this.#withdraw?.());
    return this.#down;
  }

  /** Ends everything at once, also in the middle of an ordered shutdown. */
  async kill(): Promise<void> {
    this.#down ??= Promise.resolve();
    await Promise.race([this.supervisor.kill(), new Promise((resolve) => setTimeout(resolve, FORCED_SHUTDOWN_MS))]);
    this.#withdraw?.();
  }

  async #startPart(name: string): Promise<boolean> {
    try {
      if (this.#down === undefined) await this.supervisor.part(name).start();
    } catch (error) {
      if (this.#down === undefined) throw error;
    }
    return this.#down === undefined;
  }

  // A part that came back has another pid.
  #onStarted(): void {
    if (this.#withdraw !== undefined && this.#down === undefined) this.#write();
  }

  #write(): void {
    writeStackFile(stackFolder.file, this.#plan.describe(this.#startedAt));
  }
}
