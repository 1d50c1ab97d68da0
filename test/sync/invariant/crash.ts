/** Simulates a process that is killed at one of its steps: later steps have no effect. */

export class Crash extends Error {}

/** Counts the steps of a run (requests, reads and writes) and stops it at one of them. */
export class KillSwitch {
  private steps = 0;
  private isKilled = false;

  /** @param plan the step to stop at, and whether that step still has its effect */
  constructor(
    private readonly plan: { readonly step: number; readonly done: boolean } | undefined,
  ) {}

  async step<T>(work: () => Promise<T>): Promise<T> {
    if (this.isKilled) throw new Crash('the process was killed before');
    if (this.plan === undefined || this.steps++ !== this.plan.step) {
      const result = await work();
      if (this.isKilled) throw new Crash('the process was killed before');
      return result;
    }
    if (this.plan.done) await work().catch(() => {});
    this.isKilled = true;
    throw new Crash('the process was killed');
  }

  /** The same store; every call of a method is a step. */
  wrap<T extends object>(store: T): T {
    return new Proxy(store, {
      get: (target, name) => {
        const value: unknown = Reflect.get(target, name, target);
        return typeof value === 'function'
          ? (...given: unknown[]) => this.step(() => value.apply(target, given))
          : value;
      },
    });
  }

  get killed(): boolean {
    return this.isKilled;
  }
}
