/** The page's state, and what follows from a change of it: open the model, run it, show what came out. */
import { transfer, wrap, type Remote } from 'comlink';
import { h } from '@sessionflow/placement-view/dom';
import { placementView, workerLayouter, type PlacementView } from '@sessionflow/placement-view';
import { taskList } from '@sessionflow/vision';
import type { Engine } from './engine/engine.js';
import type { Capabilities, DeviceChoice, ModelInfo, ModelSource, RunResult } from './engine/protocol.js';
import { sortFiles } from './files.js';
import { Camera, Photograph, pictureFrom } from './pictures.js';
import { TimelineView } from './timeline/timelineView.js';
import { Controls } from './ui/controls.js';
import { InputForm } from './ui/inputs.js';
import { Shell, type TabName } from './ui/shell.js';
import { Stage } from './ui/stage.js';
import { statements } from './ui/status.js';
import { tensorCards } from './ui/tensors.js';

/** Runs of one measurement. */
const measuredRuns = 10;

export class App {
  readonly shell: Shell;
  private readonly engine: Remote<Engine>;
  private readonly stage = new Stage();
  private readonly form = new InputForm(() => { this.refresh(); });
  private readonly controls: Controls;
  private readonly timeline = new TimelineView();
  private readonly placementHost = h('div', { class: 'placement' });
  private readonly tensors = h('div', { class: 'tensors' });
  private placement: PlacementView | undefined;
  private photograph: Photograph | undefined;
  private picture: ImageBitmap | undefined;
  private camera: Camera | undefined;
  private source: ModelSource;
  private devices: DeviceChoice;
  private threads = 0;
  private info: ModelInfo | undefined;
  /** What the tabs show is of this state; stale tabs are made anew when they are looked at. */
  private readonly stale = new Set<TabName>();
  /** Counts what the user asked for: what was overtaken stops at its next step. */
  private version = 0;
  private queue: Promise<void> = Promise.resolve();

  constructor(private readonly parameters: URLSearchParams) {
    const worker = new Worker(new URL('./engine/engine.worker.ts', import.meta.url), { type: 'module', name: 'engine' });
    worker.addEventListener('error', (event) => { this.shell.fail(new Error(`The engine does not start: ${event.message || 'its script could not be loaded'}. A new browser is needed, with module workers.`)); });
    this.engine = wrap<Engine>(worker);
    const task = taskList.find(({ id }) => id === parameters.get('model')) ?? taskList[0]!;
    this.source = { kind: 'task', id: task.id };
    const asked = parameters.get('devices');
    this.devices = asked === 'both' || asked === 'gpu' ? asked : 'cpu';
    this.controls = new Controls({
      task: (id) => { this.open({ kind: 'task', id }); },
      files: (files) => { this.take(files); },
      devices: (choice) => { this.chooseDevices(choice); },
      threads: (count) => { this.threads = count; this.open(this.source); },
      sample: (name) => { this.chooseSample(name); },
      camera: () => { this.toggleCamera(); },
    }, this.form.element);
    this.shell = new Shell(this.controls.element, {
      result: this.stage.element, placement: this.placementHost, timeline: this.timeline.element, tensors: this.tensors,
    }, { tab: () => { this.enqueue(() => this.freshen()); }, measure: () => { this.enqueue((isCurrent) => this.measure(isCurrent)); }, files: (files) => { this.take(files); }, soften: () => { this.chooseDevices('both'); } });
  }

  async start(): Promise<void> {
    const [capabilities, photograph] = await Promise.all([this.engine.capabilities(), Photograph.load('samples.jpg')]);
    this.showCapabilities(capabilities);
    this.photograph = photograph;
    this.controls.showSamples(photograph);
    const asked = this.parameters.get('picture');
    const first = photograph.samples.find(({ name }) => name === asked) ?? photograph.samples[0]!;
    this.picture = await photograph.cut(first.name);
    this.controls.markSample(first.name);
    this.open(this.source);
  }

  // ---- what the user does ----

  private open(source: ModelSource): void {
    this.source = source;
    this.controls.markTask(source.kind === 'task' ? source.id : undefined);
    this.controls.markDevices(this.devices);
    this.remember('model', source.kind === 'task' ? source.id : undefined);
    this.remember('devices', this.devices);
    this.enqueue(async (isCurrent) => {
      this.info = undefined;
      this.shell.say('Opening the model…');
      const request = { source, devices: this.devices, threads: this.threads, models: new URL('models/', document.baseURI).href };
      const info = await this.engine.load(request);
      this.info = info;
      this.form.show(info.inputs);
      if (isCurrent()) await this.runOnce();
    });
  }

  private refresh(): void {
    if (this.info !== undefined) this.enqueue(() => this.runOnce());
  }

  private chooseDevices(choice: DeviceChoice): void {
    this.devices = choice;
    this.open(this.source);
  }

  private chooseSample(name: string): void {
    this.remember('picture', name);
    this.stopCamera();
    this.enqueue(async () => {
      this.picture = await this.photograph?.cut(name);
      await this.runOnce();
    });
  }

  /** Dropped or chosen files: a model, a picture, or both. */
  private take(files: readonly File[]): void {
    const { model, picture } = sortFiles(files);
    if (model === undefined && picture === undefined) {
      if (files.length > 0) this.shell.fail(new Error(`Neither a model nor a picture is among ${files.map(({ name }) => name).join(', ')}. A model is a .pb, a .pbtxt or a model.json with its .bin files.`));
      return;
    }
    if (picture !== undefined) {
      this.stopCamera();
      this.controls.markSample(undefined);
      this.enqueue(async () => {
        this.picture = await pictureFrom(picture);
        if (model === undefined) await this.runOnce();
      });
    }
    if (model !== undefined) this.open({ kind: 'files', ...model });
  }

  private toggleCamera(): void {
    if (this.camera !== undefined) {
      this.stopCamera();
      return;
    }
    this.enqueue(async () => {
      this.camera = await Camera.open();
      this.controls.setCamera(true);
      this.controls.markSample(undefined);
      void this.film(this.camera);
    });
  }

  private stopCamera(): void {
    this.camera?.close();
    this.camera = undefined;
    this.controls.setCamera(false);
  }

  // ---- runs ----

  /** One thing after another; what fails is shown, and the next goes on. */
  private enqueue(work: (isCurrent: () => boolean) => Promise<void>): void {
    const version = ++this.version;
    this.queue = this.queue.then(async () => {
      this.shell.setBusy(true);
      try {
        await work(() => version === this.version);
        this.shell.setBusy(false);
      } catch (error) {
        this.shell.setBusy(false);
        this.shell.fail(error, this.devices === 'gpu');
      }
    });
  }

  private async runOnce(): Promise<void> {
    if (this.info === undefined) return;
    const { title, nodes, inputs } = this.info;
    this.shell.say(`Running ${title}…`);
    if (this.picture !== undefined) this.stage.show(this.picture);
    const first = await this.run({ isSummarized: true });
    const again = await this.run({});
    this.stage.draw(first.finding);
    if (first.finding === null) this.stage.clear(inputs.length === 0 ? '' : 'This model is none that the page knows: its outputs are under “Tensors”.');
    this.tensors.replaceChildren(...tensorCards(first.outputs, (output, number) => this.engine.plane(output, number)));
    this.shell.say(`${title}, ${nodes} nodes. First run ${formatMs(first.ms)} (with its plan), then ${formatMs(again.ms)}.`);
    this.stale.add('placement').add('timeline');
    await this.freshen();
    document.documentElement.dataset['ran'] = String(Number(document.documentElement.dataset['ran'] ?? 0) + 1);
  }

  private async run({ isTraced = false, isSummarized = false }): Promise<RunResult> {
    const picture = this.picture === undefined ? null : await createImageBitmap(this.picture);
    const request = { picture, feeds: this.form.feeds, isTraced, isSummarized };
    return this.engine.run(picture === null ? request : transfer(request, [picture]));
  }

  private async measure(isCurrent: () => boolean): Promise<void> {
    if (this.info === undefined) return;
    const times: number[] = [];
    for (let i = 0; i < measuredRuns && isCurrent(); i++) {
      times.push((await this.run({})).ms);
      this.shell.say(`Run ${i + 1} of ${measuredRuns}: ${formatMs(times[i]!)}`);
    }
    times.sort((a, b) => a - b);
    this.shell.say(`${this.info.title}: median ${formatMs(times[times.length >> 1]!)}, best ${formatMs(times[0]!)} (${times.length} runs)`);
  }

  /** Frames as fast as the engine takes them. */
  private async film(camera: Camera): Promise<void> {
    let rate = 0;
    let last = performance.now();
    while (this.camera === camera) {
      // Settings may be changed while the camera runs: frames wait for that.
      await this.queue;
      try {
        const frame = await camera.frame();
        this.stage.show(frame);
        const { finding, ms } = await this.engine.run(transfer({ picture: frame, feeds: this.form.feeds, isTraced: false, isSummarized: false }, [frame]));
        if (this.camera !== camera) return;
        this.stage.draw(finding);
        const now = performance.now();
        rate = rate === 0 ? 1000 / (now - last) : 0.9 * rate + 100 / (now - last);
        last = now;
        this.shell.say(`${this.info?.title ?? ''}, live: ${rate.toFixed(1)} frames a second, ${formatMs(ms)} each`);
      } catch (error) {
        if (this.camera === camera) this.stopCamera();
        this.shell.fail(error);
      }
    }
  }

  /** Brings the open tab up to date. */
  private async freshen(): Promise<void> {
    const { tab } = this.shell;
    if (this.info === undefined || !this.stale.delete(tab)) return;
    if (tab === 'placement') {
      this.placement ??= placementView(this.placementHost, { layout: workerLayouter(new Worker(new URL('./layout.worker.ts', import.meta.url), { type: 'module', name: 'layout' })) });
      await this.placement.show(this.info.title, await this.engine.placement(this.form.feeds));
    }
    if (tab === 'timeline') {
      // The first traced run makes its plan; the second shows what a run is.
      await this.run({ isTraced: true });
      this.timeline.show((await this.run({ isTraced: true })).trace ?? '{"traceEvents": []}');
    }
  }

  private showCapabilities(capabilities: Capabilities): void {
    this.shell.showStatus(statements(capabilities));
    const gpu = capabilities.backends.find(({ deviceType }) => deviceType === 'GPU');
    const cpu = capabilities.backends.find(({ deviceType }) => deviceType === 'CPU');
    const why = gpu === undefined ? 'this page was built without WebGPU' : gpu.reason;
    this.controls.setGpu(why);
    if (why !== undefined && this.devices !== 'cpu') this.devices = 'cpu';
    const whyOneThread = cpu?.details['no threads because'];
    this.threads = Number(cpu?.details['threads'] ?? 1);
    this.controls.setThreads(Math.max(this.threads, whyOneThread === undefined ? capabilities.hardwareThreads : 1), this.threads, whyOneThread === undefined ? undefined : String(whyOneThread));
  }

  /** Settings are in the address, so that a page can be shared and comes back as it was. */
  private remember(name: string, value: string | undefined): void {
    if (value === undefined) this.parameters.delete(name);
    else this.parameters.set(name, value);
    history.replaceState(null, '', `?${this.parameters.toString()}`);
  }
}

function formatMs(ms: number): string {
  return ms < 10 ? `${ms.toFixed(2)} ms` : ms < 1000 ? `${ms.toFixed(1)} ms` : `${(ms / 1000).toFixed(2)} s`;
}
