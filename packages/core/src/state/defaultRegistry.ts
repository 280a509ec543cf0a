/** The registry of sessions that are not given backends: what the `register` modules of device packages fill. */
import { DeviceRegistry } from '../device/registry.js';

let registry: DeviceRegistry | undefined;

/** The process's registry, made at first use. */
export function getDefaultRegistry(): DeviceRegistry {
  return (registry ??= new DeviceRegistry());
}
