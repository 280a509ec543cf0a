/** Where pictures come from: the sample photograph, a file, or the camera. */
import { regions, type Rectangle } from '@sessionflow/vision';

export interface Sample extends Rectangle {
  readonly name: string;
}

/** People on the photograph who can be chosen alone, and the whole. */
const chosenRegions: ReadonlySet<string> = new Set(['romper', 'blue top', 'mannequin', 'red dress', 'at the table', 'crop top', 'blue boots']);

export class Photograph {
  private constructor(readonly whole: ImageBitmap) {}

  static async load(url: string): Promise<Photograph> {
    const response = await fetch(url);
    if (!response.ok) throw new Error(`${url}: the server answered ${response.status} ${response.statusText}.`);
    return new Photograph(await createImageBitmap(await response.blob()));
  }

  get samples(): readonly Sample[] {
    const { width, height } = this.whole;
    return [...regions.filter(({ name }) => chosenRegions.has(name)).sort((a, b) => Number(b.name === 'romper') - Number(a.name === 'romper')), { name: 'everybody', left: 0, top: 0, width, height }];
  }

  /** A sample as a picture of its own. InvalidStateError where there is no such sample. */
  cut(name: string): Promise<ImageBitmap> {
    const sample = this.samples.find((candidate) => candidate.name === name) ?? this.samples[0]!;
    return createImageBitmap(this.whole, sample.left, sample.top, sample.width, sample.height);
  }
}

/** A picture from a file. The error says which file, and what browsers read. */
export async function pictureFrom(file: Blob & { readonly name?: string }): Promise<ImageBitmap> {
  try {
    return await createImageBitmap(file);
  } catch (cause) {
    throw new Error(`${file.name ?? 'The file'} is no picture that this browser reads (JPEG, PNG, WebP, AVIF).`, { cause });
  }
}

/** A running camera. */
export class Camera {
  private constructor(private readonly video: HTMLVideoElement, private readonly stream: MediaStream) {}

  static async open(): Promise<Camera> {
    const devices = (navigator as { readonly mediaDevices?: MediaDevices }).mediaDevices;
    if (devices === undefined) throw new Error('This page gets no camera: browsers give one only to secure pages (https or localhost).');
    let stream: MediaStream;
    try {
      stream = await devices.getUserMedia({ video: { facingMode: 'user', width: { ideal: 640 }, height: { ideal: 480 } } });
    } catch (cause) {
      const name = cause instanceof Error ? cause.name : '';
      throw new Error(name === 'NotAllowedError' ? 'The camera was not allowed for this page.' : name === 'NotFoundError' ? 'There is no camera.' : `The camera does not start: ${String(cause)}`, { cause });
    }
    const video = document.createElement('video');
    video.srcObject = stream;
    video.muted = true;
    video.playsInline = true;
    await video.play();
    return new Camera(video, stream);
  }

  /** The frame of this moment. */
  frame(): Promise<ImageBitmap> {
    return createImageBitmap(this.video);
  }

  close(): void {
    for (const track of this.stream.getTracks()) track.stop();
    this.video.srcObject = null;
  }
}
