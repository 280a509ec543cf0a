/** Host programs: what they may reach, their errors, and the variables that they work on, which come to the host for them. */
import type { AnyTensor } from '../device/anyTensor.js';
import { storedDType } from '../device/device.js';
import { DeviceTensor } from '../device/deviceTensor.js';
import type { ResourceHandle } from '../dtypes.js';
import { InternalError, OpError, attachNode, outOfMemory } from '../errors.js';
import { AttrReader } from '../graph/attrs.js';
import type { NodeData } from '../graph/graphData.js';
import { readerOf } from '../graph/readNames.js';
import { HostTensor } from '../hostTensor.js';
import type { HostContext } from '../kernels/hostContext.js';
import { VariableCell } from '../kernels/variableCell.js';
import type { HostStep } from '../plan/plan.js';
import { sessionDevice, type SessionDevice } from './preparedPlan.js';
import type { RunContext } from './runContext.js';
import { downloadTensor, uploadTensor } from './transfer.js';

/** A value that the plan has on the host. */
export function onHost(value: AnyTensor): HostTensor {
  if (value instanceof HostTensor) return value;
  throw new InternalError(`internal: a value that was planned on the host is on ${value.device}`);
}

export async function runHostStep(
  step: HostStep, inputs: readonly AnyTensor[], context: RunContext, devices: ReadonlyMap<string, SessionDevice>,
): Promise<readonly AnyTensor[]> {
  const { node, program } = step;
  const hostContext: HostContext = {
    node: node.name, op: node.op, attrs: new AttrReader(node.attrs, `${node.op} '${node.name}'`), outputDtypes: node.outputs,
    session: context.session, step: context.step,
    // The platform's signal is made for the few programs that look at it.
    get signal() { return context.cancellation.signal; },
  };
  try {
    if (program.placeless !== undefined) return complete(await program.placeless.run(inputs, hostContext), node);
    const cells = cellsOf(inputs, hostContext);
    const values = inputs.map(onHost);
    if (cells.length === 0) return complete(await program.run(values, hostContext), node);
    return await withCells(cells, sessionDevice(devices, step.device), devices, context, async () => complete(await program.run(values, hostContext), node));
  } catch (thrown) {
    const error = outOfMemory(thrown);
    if (error instanceof OpError) throw error.node === undefined ? attachNode(error, readerOf(node.name), node.op) : error;
    throw new InternalError(`internal: ${node.op} '${node.name}' failed: ${error instanceof Error ? error.message : String(error)}`, { node: node.name, op: node.op, cause: error });
  }
}

/** A program that does not give all that its op promises is told at once, by its own node. */
function complete(outputs: readonly AnyTensor[], node: NodeData): readonly AnyTensor[] {
  if (outputs.length < node.outputs.length) throw new InternalError(`Missing ${outputs.length}-th output from {{node ${node.name}}}`);
  return outputs;
}

/** The variables behind the handles among the inputs, each once, in the order of their names: whoever takes several takes them in this order. */
function cellsOf(inputs: readonly AnyTensor[], { session }: HostContext): VariableCell[] {
  const found = new Map<string, VariableCell>();
  for (const input of inputs) {
    if (input.dtype !== 'resource' || !(input instanceof HostTensor)) continue;
    for (const { container, name } of input.data as readonly ResourceHandle[]) {
      const cell = session.get(container, name);
      if (cell instanceof VariableCell) found.set(`${container}/${name}`, cell);
    }
  }
  return [...found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, cell]) => cell);
}

/** Runs with the variables' values on the host, and nobody else at them; what was changed goes (back) to the device of the step. */
async function withCells<T>(
  cells: readonly VariableCell[], owner: SessionDevice, devices: ReadonlyMap<string, SessionDevice>, { pending }: RunContext, run: () => Promise<T>,
): Promise<T> {
  const letGo: (() => void)[] = [];
  try {
    for (const cell of cells) {
      while (cell.busy !== undefined) await cell.busy;
      letGo.push(cell.own());
    }
    const before = cells.map(({ value }) => value);
    for (const cell of cells) {
      if (!(cell.value instanceof DeviceTensor)) continue;
      const { ticket, take } = downloadTensor(cell.value, sessionDevice(devices, cell.value.device));
      if (!ticket.settled) await ticket.done;
      cell.lend(take());
    }
    const result = await run();
    for (const [i, cell] of cells.entries()) {
      if (cell.value === before[i] || !(cell.value instanceof HostTensor) || storedDType(owner.device.info, cell.value.dtype) === undefined) continue;
      const { tensor, ticket } = uploadTensor(cell.value, owner);
      pending.track(ticket);
      cell.set(tensor, ticket);
    }
    return result;
  } finally {
    for (const cell of cells) cell.lend(undefined);
    for (const each of letGo) each();
  }
}
