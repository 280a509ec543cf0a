/** Sessions of the commands: the installed backends, and what --config, --threads and the placement flags say. */
import { DeviceRegistry, NotFoundError, Session, type Graph } from '@sessionflow/core';
import { parseConfig, type ConfigProto } from '@sessionflow/core/proto';
import { nodeFiles } from '@sessionflow/io/node';
import { discoverBackends } from '@sessionflow/core/node';
import type { Streams } from './streams.js';

/**
 * Every backend that this command depends on, then those of the application in whose folder it is called. One that cannot be loaded is said to
 * be so, and the others are used.
 */
export async function installedBackends(streams: Streams): Promise<DeviceRegistry> {
  const onFailure = (name: string, reason: string): void => { streams.err(`sessionflow: the backend ${name} cannot be loaded: ${reason}\n`); };
  const own = await discoverBackends({ from: import.meta.dirname, onFailure });
  const application = await discoverBackends({ from: process.cwd(), onFailure }).catch((error: unknown) => {
    if (error instanceof NotFoundError) return [];
    throw error;
  });
  const names = new Set(own.map(({ name }) => name));
  return new DeviceRegistry([...own, ...application.filter(({ name }) => !names.has(name))]);
}

export interface SessionFlags {
  readonly config?: string | undefined;
  readonly threads?: number | undefined;
  readonly softPlacement?: boolean | undefined;
  readonly logDevicePlacement?: boolean | undefined;
}

export async function readConfig(flags: SessionFlags): Promise<ConfigProto> {
  const file = flags.config === undefined ? {} : await configFile(flags.config);
  return {
    ...file,
    ...(flags.threads === undefined ? {} : { intraOpParallelismThreads: flags.threads }),
    ...(flags.softPlacement === true ? { allowSoftPlacement: true } : {}),
    ...(flags.logDevicePlacement === true ? { logDevicePlacement: true } : {}),
  };
}

/** A ConfigProto by the ending of its file: .json (proto3 JSON), .pbtxt (text), anything else binary. */
async function configFile(path: string): Promise<ConfigProto> {
  const bytes = await nodeFiles().read(path);
  return parseConfig(/\.(json|pbtxt|txt)$/.test(path) ? new TextDecoder().decode(bytes) : bytes, path);
}

/**
 * The lines of `log_device_placement` go to the stream of that name: a command that prints JSON keeps its standard output for that. Warnings
 * go to stderr.
 */
export async function openSession(graph: Graph, flags: SessionFlags, streams: Streams, placementLog: 'out' | 'err' = 'err'): Promise<Session> {
  const say = (text: string): void => { streams.err(`sessionflow: ${text}\n`); };
  return new Session({
    graph, registry: await installedBackends(streams), config: await readConfig(flags),
    log: (text) => { streams[placementLog](`${text}\n`); },
    // A session's log repeats the lines of the placement as infos.
    logger: { info: () => undefined, warning: say, error: say },
  });
}
