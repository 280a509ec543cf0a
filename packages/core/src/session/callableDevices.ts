/** `feed_devices` and `fetch_devices` of CallableOptions, checked in TensorFlow's order and words. */
import { dtypeInfo, type DType } from '../dtypes.js';
import type { CompileDevice } from '../device/compileDevice.js';
import { storedDType } from '../device/device.js';
import { deviceNameText, parseDeviceName, type DeviceName } from '../device/deviceName.js';
import { InvalidArgumentError, OutOfRangeError, UnimplementedError } from '../errors.js';
import { endpointText, type Endpoint, type GraphData } from '../graph/graphData.js';
import type { CallableOptions } from '../proto/index.js';
import type { PruneRequest } from '../prune/prune.js';

/** A feed or a fetch whose device is named. */
interface NamedDevice {
  readonly endpoint: Endpoint;
  readonly dtype: DType;
  /** Full name. */
  readonly device: string;
  readonly absent: string;
}

export interface CallableDevices {
  readonly named: readonly NamedDevice[];
  /** For each fetch the device where its value stays, if not on the host. */
  readonly keeps: readonly (string | undefined)[];
}

/** The dtypes that TensorFlow feeds from the memory of a GPU, or leaves there. */
const onGpu: ReadonlySet<DType> = new Set<DType>(['bfloat16', 'bool', 'complex128', 'complex64', 'float64', 'float32', 'float16', 'int16', 'int64', 'int8', 'uint16', 'uint8']);

/** What options name; undefined if nothing. Feeds and fetches that the graph does not have are told here, too. Devices need not be found yet. */
export function callableDevices(data: GraphData, { feeds, fetches }: PruneRequest, options: CallableOptions): CallableDevices | undefined {
  const feedDevices = (options.feed ?? []).map((tensor) => namedFor(tensor, options.feedDevices));
  if ((options.fetchDevices?.size ?? 0) > 0 && options.fetchSkipSync !== true) {
    throw new UnimplementedError("CallableOptions.fetch_skip_sync = false is not yet implemented. You can set it to true instead, but MUST ensure that Device::Sync() is invoked on the Device corresponding to the fetched tensor before dereferencing the Tensor's memory.");
  }
  const fetchDevices = (options.fetch ?? []).map((tensor) => namedFor(tensor, options.fetchDevices));
  const devices = [...feedDevices, ...fetchDevices];
  const endpoints = [...feeds, ...fetches];
  const dtypes = endpoints.map((endpoint) => dtypeOf(data, endpoint));
  const named = endpoints.flatMap((endpoint, i): NamedDevice[] => {
    const [dtype, device] = [dtypes[i], devices[i]];
    if (dtype === undefined || device === undefined) return [];
    const text = deviceNameText(device.name);
    if (device.name.type !== 'CPU' && !(device.name.type === 'GPU' && onGpu.has(dtype))) throw unsupported(endpoint, text, device.name, dtype);
    return [{ endpoint, dtype, device: text, absent: device.absent }];
  });
  const missing = endpoints.find((_, i) => dtypes[i] === undefined);
  if (missing !== undefined) throw new InvalidArgumentError(`Tensor ${endpointText(missing)}, specified in either feed_devices or fetch_devices was not found in the Graph`);
  if (named.length === 0) return undefined;
  return { named, keeps: fetchDevices.map((device) => (device === undefined || device.name.type === 'CPU' ? undefined : deviceNameText(device.name))) };
}

/** Whether the session has the devices, and they hold what is to be on them. */
export function checkFound({ named }: CallableDevices, found: ReadonlyMap<string, CompileDevice>): void {
  for (const { endpoint, dtype, device, absent } of named) {
    const info = found.get(device)?.info;
    if (info === undefined) throw new InvalidArgumentError(absent);
    const name = parseDeviceName(device);
    if (name?.type !== 'CPU' && storedDType(info, dtype) === undefined) throw unsupported(endpoint, device, name, dtype, `: the device holds no ${dtype}`);
  }
}

function namedFor(tensor: string, devices: ReadonlyMap<string, string> | undefined): { readonly name: DeviceName; readonly absent: string } | undefined {
  const text = devices?.get(tensor);
  if (text === undefined) return undefined;
  const name = text === '' ? undefined : parseDeviceName(text);
  if (name === undefined) throw new InvalidArgumentError(`Invalid device name ('${text}') provided for the tensor '${tensor}' in CallableOptions`);
  return { name, absent: `Device '${text}' specified for tensor '${tensor}' in CallableOptions does not exist` };
}

/** Undefined where the graph has no such node. */
function dtypeOf(data: GraphData, { node: name, index }: Endpoint): DType | undefined {
  const node = data.nodes.get(name);
  if (node === undefined || index < node.outputs.length) return node?.outputs[index];
  throw new OutOfRangeError(`Node '${name}' (type: '${node.op}', num of outputs: ${node.outputs.length}) does not have output ${index}`, { node: name, op: node.op });
}

function unsupported(endpoint: Endpoint, device: string, name: DeviceName | undefined, dtype: DType, why = ''): UnimplementedError {
  return new UnimplementedError(
    `Cannot feed or fetch tensor '${endpointText(endpoint)}' from device ${device} as feeding/fetching from ${name?.type ?? ''} devices is not yet supported for ${dtypeInfo[dtype].tfName} tensors${why}`,
  );
}
