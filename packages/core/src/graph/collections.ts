/** A graph's collections: named lists of anything (`trainable_variables`, `summaries`), as TensorFlow 1 keeps them. */

export class Collections {
  readonly #lists = new Map<string, unknown[]>();

  /** The names of all collections. */
  get names(): string[] {
    return [...this.#lists.keys()];
  }

  /** The live list, made if it is not there yet. */
  reference(name: string): unknown[] {
    let list = this.#lists.get(name);
    if (list === undefined) this.#lists.set(name, (list = []));
    return list;
  }

  /** A copy; with `scope`, only items whose `name` begins with a match of that regular expression. */
  get(name: string, scope?: string): unknown[] {
    const list = this.#lists.get(name) ?? [];
    if (scope === undefined || scope === '') return [...list];
    const pattern = new RegExp(`^(?:${scope})`);
    return list.filter((item) => {
      const itemName = typeof item === 'object' && item !== null && 'name' in item ? item.name : undefined;
      return typeof itemName === 'string' && pattern.test(itemName);
    });
  }

  add(name: string, value: unknown): void {
    this.reference(name).push(value);
  }

  clear(name: string): void {
    this.#lists.delete(name);
  }
}
