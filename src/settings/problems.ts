// What is wrong with the settings: all of it, not only the first problem.

import { ConfigError } from './config-error.js';
import type { Setting } from './setting.js';

export { ConfigError };

/** The problems found so far. */
export class Problems {
  private readonly lines: string[] = [];

  /** @param givenInPlaceOf the variable that is set and may be meant by one that is missing */
  constructor(
    private readonly givenInPlaceOf: (variable: string) => string | undefined = () => undefined,
  ) {}

  /** @param what completes a sentence that begins with the variable's name, without a period */
  add(setting: Pick<Setting, 'variable' | 'make' | 'example'>, what: string): void {
    const { variable, make, example } = setting;
    const hint =
      make !== undefined
        ? ` How to make one: ${make}`
        : example !== undefined
          ? ` Example: ${example}`
          : '';
    const line = `${variable} ${what}.${this.hintOf(variable)}${hint}`;
    if (!this.lines.includes(line)) this.lines.push(line);
  }

  /** @param names one variable, or several in a sentence */
  private hintOf(names: string): string {
    const hints = names.split(/[^A-Z_\d]+/).map((variable) => {
      const given = this.givenInPlaceOf(variable);
      return given === undefined ? '' : ` ${given} is set: did you mean ${variable}?`;
    });
    return hints.join('');
  }

  /** @param also more about it, without a period */
  addMissing(setting: Setting, also?: string): void {
    const meaning = setting.meaning.replace(/\.$/, '');
    this.add(setting, `is missing${also === undefined ? '' : ` (${also})`}. ${meaning}`);
  }

  /** @throws ConfigError with every problem, if there is one */
  throwIfAny(): void {
    if (this.lines.length > 0) throw new ConfigError(this.lines);
  }
}
