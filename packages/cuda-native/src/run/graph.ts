/**
 * A sequence as an executable CUDA graph: one node per kernel, one child graph per library call, in a chain. Addresses and words are replaced in
 * place, so that one graph serves any memory.
 */
import type { Driver, Handle } from '../addon/driver.js';
import { takeAll } from '../steps.js';
import type { Command, KernelCommand } from './commands.js';

export function enqueueCommand(driver: Driver, stream: Handle, command: Command): void {
  if (command.kind === 'kernel') {
    const { fn, grid: [gx, gy, gz], block: [bx, by, bz], params } = command;
    driver.launch(stream, fn, gx, gy, gz, bx, by, bz, params);
    return;
  }
  const { ready, first, second, bias, output, workspace } = command;
  if (ready.kind === 'matmul') driver.runMatmul(stream, ready.call, first, second, output, bias, workspace);
  else driver.runConvolution(stream, ready.call, first, second, bias, output, workspace);
}

/** What `enqueue` puts on the stream as a graph, instead of doing it. */
export function captured(driver: Driver, stream: Handle, enqueue: () => void): Handle {
  driver.beginCapture(stream);
  try {
    enqueue();
  } catch (error) {
    try {
      driver.destroyGraph(driver.endCapture(stream));
    } catch {
      // What was refused may have ended the recording.
    }
    throw error;
  }
  return driver.endCapture(stream);
}

const sameKernel = (a: KernelCommand, b: KernelCommand): boolean =>
  a.fn === b.fn && a.grid.every((size, i) => size === b.grid[i]) && Buffer.compare(a.params, b.params) === 0;

const sameCommand = (a: Command, b: Command): boolean => {
  if (a.kind === 'kernel') return b.kind === 'kernel' && sameKernel(a, b);
  return b.kind === 'call' && a.first === b.first && a.second === b.second && a.bias === b.bias && a.output === b.output && a.workspace === b.workspace;
};

export class CudaGraph {
  private readonly graph: Handle;
  private readonly exec: Handle;
  private readonly nodes: Handle[] = [];

  /** `capture`: a stream on which nothing runs, to record library calls. */
  constructor(private readonly driver: Driver, context: Handle, private readonly capture: Handle, private commands: readonly Command[]) {
    this.graph = driver.createGraph(context);
    try {
      for (const command of commands) this.nodes.push(this.addNode(command));
      this.exec = driver.instantiate(this.graph);
    } catch (error) {
      driver.destroyGraph(this.graph);
      throw error;
    }
  }

  /** Whether these commands are the same kernels and calls, on whatever memory. */
  fits(commands: readonly Command[]): boolean {
    return commands.length === this.commands.length && commands.every((command, i) => {
      const own = this.commands[i]!;
      return command.kind === 'kernel' ? own.kind === 'kernel' && own.fn === command.fn : own.kind === 'call' && own.ready === command.ready;
    });
  }

  /** Replaces what has changed; work that was launched already keeps what it had. */
  update(commands: readonly Command[]): void {
    const { driver } = this;
    commands.forEach((command, i) => {
      if (sameCommand(command, this.commands[i]!)) return;
      const node = this.nodes[i]!;
      if (command.kind === 'kernel') {
        const { fn, grid: [gx, gy, gz], block: [bx, by, bz], params } = command;
        driver.setKernel(this.exec, node, fn, gx, gy, gz, bx, by, bz, params);
      } else this.withCaptured(command, (child) => { driver.setChild(this.exec, node, child); });
    });
    this.commands = commands;
  }

  launch(stream: Handle): void {
    this.driver.launchGraph(this.exec, stream);
  }

  close(): void {
    takeAll([() => { this.driver.destroyExec(this.exec); }, () => { this.driver.destroyGraph(this.graph); }]);
  }

  private addNode(command: Command): Handle {
    const { driver } = this;
    if (command.kind === 'kernel') {
      const { fn, grid: [gx, gy, gz], block: [bx, by, bz], params } = command;
      return driver.addKernel(this.graph, fn, gx, gy, gz, bx, by, bz, params);
    }
    return this.withCaptured(command, (child) => driver.addChild(this.graph, child));
  }

  /** A library call as a graph of its own, which is copied where it is used. */
  private withCaptured<T>(command: Command, use: (child: Handle) => T): T {
    const { driver } = this;
    const child = captured(driver, this.capture, () => { enqueueCommand(driver, this.capture, command); });
    try {
      return use(child);
    } finally {
      driver.destroyGraph(child);
    }
  }
}
