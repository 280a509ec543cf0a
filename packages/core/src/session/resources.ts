/** Objects by container and name: the state that a session, or one run of it, owns beside its variables. */
import type { ResourceManager } from '../kernels/hostContext.js';

export class Resources implements ResourceManager {
  private readonly containers = new Map<string, Map<string, unknown>>();

  get(container: string, name: string): unknown {
    return this.containers.get(container)?.get(name);
  }

  getOrCreate<T>(container: string, name: string, create: () => T): T {
    const objects = this.containers.get(container) ?? new Map<string, unknown>();
    this.containers.set(container, objects);
    if (!objects.has(name)) objects.set(name, create());
    return objects.get(name) as T;
  }

  delete(container: string, name: string): boolean {
    return this.containers.get(container)?.delete(name) ?? false;
  }

  clear(): void {
    this.containers.clear();
  }
}
