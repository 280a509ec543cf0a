// WebGPU on machines without a GPU: Debian's chromium package brings SwiftShader, a Vulkan driver that computes on the CPU.
import { existsSync, readdirSync } from 'node:fs';

const driver = '/usr/lib/chromium/vk_swiftshader_icd.json';
const chosen = ['VK_ICD_FILENAMES', 'VK_DRIVER_FILES', 'VK_ADD_DRIVER_FILES'];

/** Environment that points a process to SwiftShader, if it is there, nobody chose a driver, and the machine has no GPU: installed drivers alone tell nothing. */
export function softwareVulkan() {
  const isChosen = chosen.some((name) => process.env[name]);
  return existsSync(driver) && !isChosen && !hasGpu() ? { VK_ICD_FILENAMES: driver } : {};
}

/** Whether the machine has a GPU. */
export function hasGpu() {
  const isNode = (folder, prefix) => existsSync(folder) && readdirSync(folder).some((name) => name.startsWith(prefix));
  return isNode('/dev/dri', 'renderD') || existsSync('/dev/nvidia0');
}

/** Why tests that need an adapter are skipped: `reason`, printed. Where CI is set a missing adapter is a failure. */
export function skipWithout(reason) {
  if (reason === undefined) return false;
  if (process.env.CI === 'true') throw new Error(`WebGPU tests need an adapter in CI: ${reason}`);
  console.log(`WebGPU tests are skipped: ${reason}`);
  return true;
}
