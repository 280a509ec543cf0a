/** For tests: what devices move and hold. */
import type { Backend, Device } from '../device/device.js';
import type { DeviceInfo } from '../device/info.js';

/** The backend, its open devices, and the bytes of each upload and download. */
export function counted<S, I extends DeviceInfo>(backend: Backend<S, I>): { backend: Backend<S, I>; uploads: number[]; downloads: number[]; devices: Device<S, I>[] } {
  const uploads: number[] = [];
  const downloads: number[] = [];
  const devices: Device<S, I>[] = [];
  return {
    uploads, downloads, devices,
    backend: {
      ...backend,
      open: async (info) => {
        const device = await backend.open(info);
        devices.push(device);
        const stream = device.stream.bind(device);
        device.stream = (options) => {
          const made = stream(options);
          const upload = made.upload.bind(made);
          const download = made.download.bind(made);
          made.upload = (to, from) => {
            uploads.push(from.byteLength);
            return upload(to, from);
          };
          made.download = (from, to) => {
            downloads.push(to.byteLength);
            return download(from, to);
          };
          return made;
        };
        return device;
      },
    },
  };
}
