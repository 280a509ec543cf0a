/** All prepared plans of a session, least recently used out first when they hold too much memory. */
import type { PreparedPlan } from './preparedPlan.js';

interface Entry {
  readonly prepared: PreparedPlan;
  /** Takes the plan out of the map that finds it. */
  readonly forget: () => void;
}

export class PlanCache {
  /** In order of last use. */
  private readonly entries = new Map<PreparedPlan, Entry>();
  private bytes = 0;

  constructor(private readonly budget: { readonly bytes: number; readonly plans: number }) {}

  get size(): number {
    return this.entries.size;
  }

  add(prepared: PreparedPlan, forget: () => void): void {
    this.entries.set(prepared, { prepared, forget });
    this.bytes += prepared.leaseBytes;
    for (const entry of this.entries.values()) {
      if (this.bytes <= this.budget.bytes && this.entries.size <= this.budget.plans) break;
      if (entry.prepared !== prepared && !entry.prepared.inUse) this.drop(entry);
    }
  }

  touch(prepared: PreparedPlan): void {
    const entry = this.entries.get(prepared);
    if (entry === undefined) return;
    this.entries.delete(prepared);
    this.entries.set(prepared, entry);
  }

  close(): void {
    for (const entry of [...this.entries.values()]) this.drop(entry);
  }

  private drop(entry: Entry): void {
    this.entries.delete(entry.prepared);
    this.bytes -= entry.prepared.leaseBytes;
    entry.forget();
    entry.prepared.close();
  }
}
