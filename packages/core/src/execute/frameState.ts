/** What a running `_Frames` body remembers: which frames and iterations are open, and what each of their units has heard so far. */
import { releaseAll, retained, type AnyTensor } from '../device/anyTensor.js';
import type { FrameUnit } from '../partition/frameGraph.js';

/** One unit in one iteration. A dead value is undefined. */
export class UnitState {
  readonly values: (AnyTensor | undefined)[];
  /** Inputs and control edges that have not come; of a Merge, control edges only. */
  private open: number;
  private isDead = false;
  private deadInputs = 0;
  /** Of a Merge: the input that came alive first. */
  live: number | undefined;
  private hasRun = false;

  constructor(private readonly unit: FrameUnit) {
    this.values = new Array<AnyTensor | undefined>(unit.inputs);
    this.open = unit.waits + (isMerge(unit) ? 0 : unit.inputs);
  }

  /** Whether the unit's results are dead values. */
  get dead(): boolean {
    if (this.unit.node?.op === 'ControlTrigger') return false;
    return isMerge(this.unit) ? this.live === undefined : this.isDead;
  }

  /** A control edge has come; true when the unit can run. */
  waited(alive: boolean): boolean {
    this.open--;
    // A Merge waits for its control edges, alive or dead.
    if (!alive) this.isDead = true;
    return this.isReady();
  }

  /** A value, or word that it is dead, has come; true when the unit can run. A Merge into which a dead value enters a frame is dead: nothing else will come. */
  heard(input: number, value: AnyTensor | undefined, isEntering: boolean): boolean {
    if (!isMerge(this.unit)) {
      this.open--;
      if (value === undefined) this.isDead = true;
      else this.values[input] = retained(value);
      return this.isReady();
    }
    if (value === undefined) this.deadInputs = isEntering ? this.unit.inputs : this.deadInputs + 1;
    else if (this.live === undefined && !this.hasRun) {
      this.live = input;
      this.values[input] = retained(value);
    }
    return this.isReady();
  }

  release(): void {
    releaseAll(this.values);
    this.values.fill(undefined);
  }

  private isReady(): boolean {
    if (this.hasRun || this.open > 0) return false;
    this.hasRun = !isMerge(this.unit) || this.live !== undefined || this.deadInputs >= this.unit.inputs;
    return this.hasRun;
  }
}

function isMerge(unit: FrameUnit): boolean {
  return unit.node?.op === 'Merge';
}

/** One turn of a loop (the root frame has one). */
export class Iteration {
  private readonly states = new Map<number, UnitState>();
  /** Units that can run or are running, and frames entered from here that are open. */
  active = 0;

  constructor(readonly frame: Frame, readonly index: number) {}

  state(unit: number, definition: FrameUnit): UnitState {
    const known = this.states.get(unit);
    if (known !== undefined) return known;
    const made = new UnitState(definition);
    this.states.set(unit, made);
    return made;
  }

  release(): void {
    for (const state of this.states.values()) state.release();
    this.states.clear();
  }
}

/** A value on its way into an iteration that has to wait. */
export interface Turn {
  readonly unit: number;
  readonly value: AnyTensor;
  readonly iteration: number;
}

/** A loop that has been entered, or the root. */
export class Frame {
  readonly iterations = new Map<number, Iteration>();
  /** Frames entered from iterations of this one, by iteration and name. */
  readonly children = new Map<string, Frame>();
  /** Values that every iteration is given: of Enters with `is_constant`. */
  readonly invariants: { readonly unit: number; readonly value: AnyTensor | undefined }[] = [];
  readonly turns: Turn[] = [];
  readonly taken = new Set<number>();
  /** The first iteration that may still do something, and the last one there is. */
  oldest = 0;
  newest = 0;

  /** `pendingEnters`: Enter units of this frame that have not run. `parallel`: iterations that may be open at once. */
  constructor(readonly parent: Iteration | undefined, readonly name: string, public pendingEnters: number, readonly parallel: number) {
    this.iterations.set(0, new Iteration(this, 0));
  }

  get isDone(): boolean {
    return this.pendingEnters === 0 && this.iterations.size === 0 && this.turns.length === 0;
  }

  release(): void {
    for (const iteration of this.iterations.values()) iteration.release();
    for (const child of this.children.values()) child.release();
    releaseAll(this.invariants.map(({ value }) => value));
    releaseAll(this.turns.map(({ value }) => value));
    this.invariants.length = 0;
    this.turns.length = 0;
  }
}
