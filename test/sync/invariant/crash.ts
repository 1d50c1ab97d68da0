/** A process that dies at one of its steps: from then on nothing it does has any effect. */

export class Crash extends Error {}

/** Counts the steps of a run (requests, reads and writes), and dies at one of them. */
export class Doom {
  private steps = 0;
  private dead = false;

  /** @param done whether the fatal step still has its effect */
  constructor(
    private readonly plan: { readonly step: number; readonly done: boolean } | undefined,
  ) {}

  async step<T>(work: () => Promise<T>): Promise<T> {
    if (this.dead) throw new Crash('dead');
    if (this.plan === undefined || this.steps++ !== this.plan.step) {
      const result = await work();
      if (this.dead) throw new Crash('dead');
      return result;
    }
    if (this.plan.done) await work().catch(() => {});
    this.dead = true;
    throw new Crash('died');
  }

  /** The same store, every call of it a step. */
  over<T extends object>(store: T): T {
    return new Proxy(store, {
      get: (target, name) => {
        const value: unknown = Reflect.get(target, name, target);
        return typeof value === 'function'
          ? (...given: unknown[]) => this.step(() => value.apply(target, given))
          : value;
      },
    });
  }

  get struck(): boolean {
    return this.dead;
  }
}
