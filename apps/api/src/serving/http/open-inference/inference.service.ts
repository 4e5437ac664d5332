import { Inject, Injectable, Logger } from '@nestjs/common';
import { type Config, CONFIG } from '../../../config';
import { largeBytes, SideThread } from '../../../platform/http/side-thread';
import type { ImageSource } from '../../batching/image-source';
import type { EngineSlotOptions } from '../../batching/engine-slot';
import { type ImageQuestion, PredictService } from '../predict/predict.service';
import type { SplitBody } from './tensors/binary-data';
import { ImageTensor } from './tensors/image-tensor';
import { answerTensors, encodeAnswer, type Output } from './tensors/inference-answer';
import {
  formerEncodedName,
  type GivenInput,
  inputNames,
  nameOfElement,
} from './tensors/inference-input';
import { selectorOf } from './model-selector';
import { understand, type Understood } from './tensors/understand';

const work = { filename: require.resolve('./tensors/understand'), name: 'inThread' };

interface Question extends ImageQuestion {
  id?: string;
  /** undefined: all outputs. */
  outputs?: Output[];
  binaryOutput: boolean;
}

/** The JSON of an answer and the bytes of the tensors that follow it. */
interface EncodedAnswer {
  json: Buffer;
  binary: Buffer[];
}

/** Runs inference requests of the protocol; their images share batches with those of other requests. */
@Injectable()
export class V2InferenceService {
  private readonly logger = new Logger('OpenInference');
  private warnedOfFormerName = false;

  constructor(
    private readonly predictions: PredictService,
    private readonly thread: SideThread,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /**
   * @param readBody called once the version has been found
   * @throws DomainError INVALID_JSON, TOO_LARGE, and the codes of PredictService.predict
   */
  async infer(
    { name, version: number }: { name: string; version?: string },
    readBody: () => Promise<SplitBody>,
    terms: EngineSlotOptions,
  ): Promise<EncodedAnswer> {
    const { model, ...which } = selectorOf(name, number);
    const read = async () => this.question(await readBody());
    const { version, answers, question } = await this.predictions.predict(
      model,
      which,
      read,
      terms,
    );
    const { id, outputs, binaryOutput: binary } = question;
    const tensors = answerTensors(answers, version.labels, { outputs, binary });
    const head = { model_name: name, model_version: String(version.version) };
    return encodeAnswer(id === undefined ? head : { ...head, id }, tensors);
  }

  private async question({ json, binary }: SplitBody): Promise<Question> {
    const { uploadLimits, serving } = this.config;
    const limits = { images: serving.maxImages, imageBytes: uploadLimits.image };
    const { id, outputs, binaryOutput, input } =
      json.length <= largeBytes
        ? understand({ json, binary }, limits)
        : await this.thread.run<Understood>(work, { json, binary, limits }, json);
    return {
      id,
      outputs,
      binaryOutput,
      logits: outputs?.some(({ name }) => name === 'logits'),
      source: this.sourceOf(input),
    };
  }

  private sourceOf(input: GivenInput): ImageSource {
    if ('encoded' in input) {
      if (input.name === formerEncodedName) this.warnOfFormerName();
      return this.predictions.encoded(input.encoded, nameOfElement(input.where));
    }
    const { values, shape, where } = input.tensor;
    return new ImageTensor(values, shape, where);
  }

  /** Logs once per process: a client sends the same input thousands of times. */
  private warnOfFormerName(): void {
    if (this.warnedOfFormerName) return;
    this.warnedOfFormerName = true;
    this.logger.warn(
      `The input "${formerEncodedName}" is deprecated: it is now "${inputNames.encoded}"`,
    );
  }
}
