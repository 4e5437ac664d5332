import { Inject, Injectable } from '@nestjs/common';
import type { Config } from '../config';
import { CONFIG } from '../core.module';
import type { PlaceOptions } from '../serving/place';
import { type PictureQuestion, PredictService } from '../serving/predict.service';
import { type SplitBody } from './binary-data';
import { answerTensors, encodeAnswer, type Output, readOutputs } from './inference-answer';
import { readInput } from './inference-input';
import { parseInferenceRequest } from './inference-request';
import { selectorOf } from './model-selector';

interface Question extends PictureQuestion {
  id?: string;
  /** undefined: all there are. */
  outputs?: Output[];
  binaryOutput: boolean;
}

/** An answer's JSON, and the tensors that follow it as bytes. */
export interface EncodedAnswer {
  json: Buffer;
  binary: Buffer[];
}

/** Inference by the protocol; its pictures share batches with everybody else's. */
@Injectable()
export class V2InferenceService {
  constructor(
    private readonly predictions: PredictService,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /**
   * @param readBody is called when there is such a version
   * @throws DomainError what PredictService.predict throws, INVALID_JSON, TOO_LARGE
   */
  async infer(
    { name, version: number }: { name: string; version?: string },
    readBody: () => Promise<SplitBody>,
    terms: PlaceOptions,
  ): Promise<EncodedAnswer> {
    const { model, ...which } = selectorOf(name, number);
    const read = async () => this.understand(await readBody());
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

  private understand(body: SplitBody): Question {
    const { uploadLimits, serving } = this.config;
    const { id, inputs, binaryOutput, ...request } = parseInferenceRequest(body);
    const outputs = readOutputs(request.outputs);
    const limits = { pictures: serving.maxPictures, picture: uploadLimits.image };
    const input = readInput(inputs, limits);
    return {
      ...{ id, outputs, binaryOutput },
      logits: outputs?.some(({ name }) => name === 'logits'),
      source:
        'tensor' in input ? input.tensor : this.predictions.encoded(input.encoded, input.nameOf),
    };
  }
}
