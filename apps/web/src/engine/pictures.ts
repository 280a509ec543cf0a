/** Pictures as tensors: scaled into a square or stretched to a size, as bytes. */

/** One canvas serves all pictures: it is made anew only for another size. */
export class PictureReader {
  private canvas: OffscreenCanvas | undefined;

  /** RGB bytes, [height, width, 3]: the picture in the middle, black around it. */
  read(picture: ImageBitmap, width: number, height: number): Uint8Array {
    if (this.canvas?.width !== width || this.canvas.height !== height) this.canvas = new OffscreenCanvas(width, height);
    const context = this.canvas.getContext('2d', { willReadFrequently: true, alpha: false });
    if (context === null) throw new Error('This browser gives a worker no 2D canvas: pictures cannot be read.');
    const scale = Math.min(width / picture.width, height / picture.height);
    const [w, h] = [picture.width * scale, picture.height * scale];
    context.fillStyle = '#000';
    context.fillRect(0, 0, width, height);
    context.imageSmoothingQuality = 'high';
    context.drawImage(picture, (width - w) / 2, (height - h) / 2, w, h);
    const { data } = context.getImageData(0, 0, width, height);
    const bytes = new Uint8Array(width * height * 3);
    for (let from = 0, to = 0; to < bytes.length; from += 4, to += 3) {
      bytes[to] = data[from]!;
      bytes[to + 1] = data[from + 1]!;
      bytes[to + 2] = data[from + 2]!;
    }
    return bytes;
  }
}
