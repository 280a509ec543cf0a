/** Objects by container and name: the state that a session, or one run of it, owns. */
import type { ResourceManager } from '../kernels/hostContext.js';

/** The container of what names none. */
const defaultContainer = 'localhost';

export class Resources implements ResourceManager {
  private readonly containers = new Map<string, Map<string, unknown>>();

  get(container: string, name: string): unknown {
    return this.containers.get(container === '' ? defaultContainer : container)?.get(name);
  }

  getOrCreate<T>(container: string, name: string, create: () => T): T {
    const key = container === '' ? defaultContainer : container;
    const objects = this.containers.get(key) ?? new Map<string, unknown>();
    this.containers.set(key, objects);
    if (!objects.has(name)) objects.set(name, create());
    return objects.get(name) as T;
  }

  delete(container: string, name: string): boolean {
    const objects = this.containers.get(container === '' ? defaultContainer : container);
    letGo(objects?.get(name));
    return objects?.delete(name) ?? false;
  }

  /** Drops everything in one container. */
  clearContainer(container: string): void {
    for (const object of this.containers.get(container === '' ? defaultContainer : container)?.values() ?? []) letGo(object);
    this.containers.delete(container === '' ? defaultContainer : container);
  }

  /** How many objects there are. */
  get size(): number {
    return [...this.containers.values()].reduce((sum, objects) => sum + objects.size, 0);
  }

  clear(): void {
    for (const objects of this.containers.values()) for (const object of objects.values()) letGo(object);
    this.containers.clear();
  }
}

/** Objects that hold device memory give it back. */
function letGo(object: unknown): void {
  if (isHolder(object)) object.release();
}

function isHolder(object: unknown): object is { release(): void } {
  return typeof object === 'object' && object !== null && 'release' in object && typeof object.release === 'function';
}
