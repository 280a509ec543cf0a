/**
 * Runs the body of a `_Frames` node by TensorFlow's rules: a unit runs once per iteration when all it reads and waits for has come; a dead
 * value makes what reads it dead; a Switch kills one of its outputs, a Merge hands on the first live value; Enter, Exit and NextIteration
 * carry values into a frame, out of it and into its next turn. Which unit is alive in which iteration is the host's knowledge, so a loop
 * may span devices; values stay where they are.
 */
import { releaseAll, releaseTensor, retained, type AnyTensor } from '../device/anyTensor.js';
import { DeviceTensor } from '../device/deviceTensor.js';
import { CancelledError, InternalError, InvalidArgumentError } from '../errors.js';
import { attrsOf } from '../graph/typedGraph.js';
import { HostTensor } from '../hostTensor.js';
import type { FrameGraph, FrameReader, FrameUnit } from '../partition/frameGraph.js';
import { Frame, Iteration } from './frameState.js';
import type { GraphFunction } from './graphFunction.js';
import { sessionDevice, type SessionDevice } from './preparedPlan.js';
import type { RunContext } from './runContext.js';
import { downloadTensor, reportCopy } from './transfer.js';

/** A frame graph ready to run: a function for each region. */
export interface FrameFunction {
  readonly graph: FrameGraph;
  readonly regions: readonly (GraphFunction | undefined)[];
  readonly devices: ReadonlyMap<string, SessionDevice>;
}

/** Runs with these arguments, which stay the caller's. `fetches` says of each result which fetch of the step it is. The results are the caller's to release. */
export async function runFrames(fn: FrameFunction, args: readonly AnyTensor[], fetches: readonly number[], context: RunContext): Promise<readonly AnyTensor[]> {
  const run = new FrameRun(fn, args, context);
  try {
    await run.execute();
    return run.results(fetches);
  } finally {
    run.release();
  }
}

interface Ready {
  readonly unit: number;
  readonly iteration: Iteration;
}

class FrameRun {
  private readonly root: Frame;
  private readonly ready: Ready[] = [];
  private running = 0;
  private failure: { readonly error: unknown } | undefined;
  private wake: () => void = () => undefined;
  private readonly found: (AnyTensor | undefined)[];
  private readonly units: readonly FrameUnit[];

  constructor(private readonly fn: FrameFunction, private readonly args: readonly AnyTensor[], private readonly context: RunContext) {
    this.units = fn.graph.units;
    this.root = new Frame(undefined, '', 0, 1);
    this.found = new Array<AnyTensor | undefined>(fn.graph.results.length);
  }

  async execute(): Promise<void> {
    const { graph } = this.fn;
    graph.results.forEach((result, i) => { if ('arg' in result) this.found[i] = retainedOrNone(this.args[result.arg]); });
    const first = this.iterationOf(this.root, 0);
    graph.args.forEach((readers, i) => { this.hand(readers, this.args[i], first); });
    this.units.forEach((unit, index) => { if (unit.inputs + unit.waits === 0) this.makeReady(index, first); });
    while (this.failure === undefined && (this.ready.length > 0 || this.running > 0)) {
      if (this.context.cancellation.cancelled) {
        // What waits says so in its own words.
        if (this.running === 0) this.failure = { error: new CancelledError('Run call was cancelled') };
        break;
      }
      const next = this.ready.shift();
      if (next !== undefined) this.start(next);
      else await new Promise<void>((resolve) => { this.wake = resolve; });
    }
    while (this.running > 0) await new Promise<void>((resolve) => { this.wake = resolve; });
    if (this.failure !== undefined) throw this.failure.error;
    if (this.context.cancellation.cancelled) throw new CancelledError('Run call was cancelled');
  }

  results(fetches: readonly number[]): readonly AnyTensor[] {
    return this.found.map((value, i) => {
      if (value === undefined) throw new InvalidArgumentError(`Retval[${fetches[i] ?? i}] does not have value`);
      return retained(value);
    });
  }

  release(): void {
    this.root.release();
    releaseAll(this.found);
  }

  /** Begins a unit; what takes time ends by itself. */
  private start({ unit, iteration }: Ready): void {
    const { node, region } = this.unit(unit);
    const state = iteration.state(unit, this.unit(unit));
    if (state.dead) {
      this.finish(unit, iteration, undefined);
      return;
    }
    if (region === undefined && node !== undefined) {
      const outputs = this.primitive(unit, iteration);
      if (outputs !== undefined) {
        this.finish(unit, iteration, outputs);
        return;
      }
    }
    const work = region === undefined ? this.switched(unit, iteration) : this.region(unit, iteration);
    this.running++;
    work.then(
      (outputs) => {
        this.finish(unit, iteration, outputs);
        // The readers have taken theirs.
        if (region !== undefined) releaseAll(outputs);
        if (this.failure === undefined) this.context.errors.addSuccess();
      },
    ).catch((error: unknown) => { this.fail(error); }).finally(() => {
      this.running--;
      this.wake();
    });
  }

  /** What fails first is the run's error: it ends what waits. */
  private fail(error: unknown): void {
    this.context.errors.add(error);
    if (this.failure !== undefined) return;
    this.failure = { error };
    this.context.cancellation.cancel();
  }

  private async region(unit: number, iteration: Iteration): Promise<readonly AnyTensor[]> {
    const fn = this.fn.regions[unit];
    if (fn === undefined) throw new InternalError(`internal: region ${this.unit(unit).name} has no function`);
    await this.context.pending.room();
    return fn.run(iteration.state(unit, this.unit(unit)).values as readonly AnyTensor[], this.context);
  }

  /** What a primitive gives; undefined for a Switch whose predicate lies on a device. */
  private primitive(unit: number, iteration: Iteration): readonly (AnyTensor | undefined)[] | undefined {
    const { node } = this.unit(unit);
    const { values, live } = iteration.state(unit, this.unit(unit));
    switch (node?.op) {
      case 'Switch':
      case '_SwitchN':
        return values[1] instanceof HostTensor ? this.sides(unit, values[0], values[1]) : undefined;
      case 'Merge':
        return [values[live ?? 0], HostTensor.from(live ?? 0, { dtype: 'int32', shape: [] })];
      default:
        return [values[0]];
    }
  }

  /** A Switch whose predicate must be fetched first. */
  private async switched(unit: number, iteration: Iteration): Promise<readonly (AnyTensor | undefined)[]> {
    const [value, predicate] = iteration.state(unit, this.unit(unit)).values;
    if (!(predicate instanceof DeviceTensor)) throw new InternalError(`internal: ${this.unit(unit).name} has no predicate`);
    const owner = sessionDevice(this.fn.devices, predicate.device);
    const { ticket, take } = downloadTensor(predicate, owner);
    reportCopy(this.context, owner, this.unit(unit), 'download', predicate.memory.range.bytes, ticket);
    if (!ticket.settled) await ticket.done;
    return this.sides(unit, value, take());
  }

  private sides(unit: number, value: AnyTensor | undefined, predicate: HostTensor): readonly (AnyTensor | undefined)[] {
    const { node, readers, name } = this.unit(unit);
    if (predicate.size !== 1) throw new InvalidArgumentError(`The second input must be a scalar, but it has shape [${predicate.shape.join(',')}]`, { node: name, op: node?.op ?? '' });
    const count = readers.length;
    const index = Number(predicate.data[0]);
    // Of an N-way switch, what is out of range is the last side.
    const taken = index >= 0 && index < count ? index : count - 1;
    return readers.map((_, side) => (side === taken ? value : undefined));
  }

  /** Hands a unit's results to whoever reads them; without results it is dead. */
  private finish(unit: number, iteration: Iteration, outputs: readonly (AnyTensor | undefined)[] | undefined): void {
    const definition = this.unit(unit);
    const [value] = outputs ?? [];
    switch (definition.node?.op) {
      case 'Enter':
        this.enter(unit, iteration, value);
        break;
      case 'Exit':
        if (value !== undefined) this.exit(unit, iteration.frame, value);
        break;
      case 'NextIteration':
        if (value !== undefined) this.turn(unit, iteration.frame, value, iteration.index + 1);
        break;
      default:
        this.emit(unit, iteration, outputs);
    }
    iteration.state(unit, definition).release();
    iteration.active--;
    this.closeDone(iteration.frame);
  }

  private emit(unit: number, iteration: Iteration, outputs: readonly (AnyTensor | undefined)[] | undefined, isEntering = false): void {
    const { readers, waiters } = this.unit(unit);
    readers.forEach((list, output) => { this.hand(list, outputs?.[output], iteration, isEntering); });
    for (const waiter of waiters) {
      if (iteration.state(waiter, this.unit(waiter)).waited(outputs !== undefined)) this.makeReady(waiter, iteration);
    }
    if (iteration.frame !== this.root) return;
    this.fn.graph.results.forEach((result, i) => {
      if (!('unit' in result) || result.unit !== unit) return;
      this.found[i] = retainedOrNone(outputs?.[result.output]);
    });
  }

  private hand(readers: readonly FrameReader[], value: AnyTensor | undefined, iteration: Iteration, isEntering = false): void {
    for (const { unit, input } of readers) {
      if (iteration.state(unit, this.unit(unit)).heard(input, value, isEntering)) this.makeReady(unit, iteration);
    }
  }

  private makeReady(unit: number, iteration: Iteration): void {
    iteration.active++;
    this.ready.push({ unit, iteration });
  }

  private enter(unit: number, iteration: Iteration, value: AnyTensor | undefined): void {
    const attrs = attrsOf(this.nodeOf(unit));
    const name = attrs.string('frame_name');
    const key = `${iteration.index} ${name}`;
    let frame = iteration.frame.children.get(key);
    if (frame === undefined) {
      frame = new Frame(iteration, key, this.fn.graph.frames.get(name)?.enters ?? 1, Math.max(1, attrs.int('parallel_iterations')));
      iteration.frame.children.set(key, frame);
      iteration.active++;
    }
    if (attrs.bool('is_constant')) {
      frame.invariants.push({ unit, value: retainedOrNone(value) });
      for (const turn of frame.iterations.values()) this.emit(unit, turn, value === undefined ? undefined : [value], true);
    } else this.emit(unit, this.iterationOf(frame, 0), value === undefined ? undefined : [value], true);
    frame.pendingEnters--;
    this.closeDone(frame);
  }

  private exit(unit: number, frame: Frame, value: AnyTensor): void {
    if (frame.parent === undefined) throw new InternalError(`internal: ${this.unit(unit).name} leaves the root frame`);
    frame.taken.add(unit);
    this.emit(unit, frame.parent, [value]);
  }

  /** Into the next iteration, which waits while too many are open. */
  private turn(unit: number, frame: Frame, value: AnyTensor, index: number): void {
    if (index >= frame.oldest + frame.parallel) {
      frame.turns.push({ unit, value: retained(value), iteration: index });
      return;
    }
    this.emit(unit, this.iterationOf(frame, index), [value]);
  }

  /** An iteration of a frame, begun (with what every iteration is given) if it is new. */
  private iterationOf(frame: Frame, index: number): Iteration {
    const known = frame.iterations.get(index);
    if (known !== undefined) return known;
    const made = new Iteration(frame, index);
    frame.iterations.set(index, made);
    frame.newest = Math.max(frame.newest, index);
    for (const { unit, value } of frame.invariants) this.emit(unit, made, value === undefined ? undefined : [value], true);
    return made;
  }

  /** Drops iterations in which nothing can happen any more; of a frame that is through, the exits that were not taken are dead. */
  private closeDone(frame: Frame): void {
    for (let oldest = frame.iterations.get(frame.oldest); oldest?.active === 0 && frame.pendingEnters === 0; oldest = frame.iterations.get(frame.oldest)) {
      oldest.release();
      frame.iterations.delete(frame.oldest);
      frame.oldest++;
      const turns = frame.turns.filter(({ iteration }) => iteration < frame.oldest + frame.parallel);
      for (const turn of turns) {
        frame.turns.splice(frame.turns.indexOf(turn), 1);
        this.emit(turn.unit, this.iterationOf(frame, turn.iteration), [turn.value]);
        releaseTensor(turn.value);
      }
    }
    const { parent } = frame;
    if (parent === undefined || !frame.isDone || !parent.frame.children.delete(frame.name)) return;
    frame.release();
    const exits = this.fn.graph.frames.get(frame.name.slice(frame.name.indexOf(' ') + 1))?.exits ?? [];
    for (const exit of exits) if (!frame.taken.has(exit)) this.emit(exit, parent, undefined);
    parent.active--;
    this.closeDone(parent.frame);
  }

  private unit(index: number): FrameUnit {
    const unit = this.units[index];
    if (unit === undefined) throw new InternalError(`internal: no unit ${index}`);
    return unit;
  }

  private nodeOf(index: number): NonNullable<FrameUnit['node']> {
    const { node, name } = this.unit(index);
    if (node === undefined) throw new InternalError(`internal: ${name} is no primitive`);
    return node;
  }
}

function retainedOrNone(value: AnyTensor | undefined): AnyTensor | undefined {
  return value === undefined ? undefined : retained(value);
}
