import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { coatrack } from './client';
import { classify, logits } from './infer';
import { predict } from './predict';

const usage = 'Usage: COATRACK_KEY=<key> [COATRACK_URL=<url>] npm start -- <model> <image>…';
const topK = 3;

async function main([model, ...files]: string[]): Promise<void> {
  const { COATRACK_URL = 'http://127.0.0.1:3001', COATRACK_KEY: key } = process.env;
  if (!key || !model || files.length === 0) throw new Error(usage);
  const client = coatrack(COATRACK_URL, key);
  const images = await Promise.all(files.map((file) => readFile(file)));

  for (const [index, image] of images.entries()) {
    const predictions = await predict(client, model, image, topK);
    const texts = predictions.map((one) => `${one.label} ${one.probability.toFixed(3)}`);
    console.log(`predict     ${basename(files[index]!)}: ${texts.join(', ')}`);
  }
  const classes = await classify(client, model, images, topK);
  for (const [index, texts] of classes.entries()) {
    console.log(`classify    ${basename(files[index]!)}: ${texts.join(', ')}`);
  }
  for (const [index, values] of (await logits(client, model, images)).entries()) {
    const numbers = [...values.subarray(0, topK)].map((value) => value.toFixed(3));
    console.log(`logits      ${basename(files[index]!)}: ${numbers.join(', ')}, …`);
  }
}

main(process.argv.slice(2)).catch((error: Error) => {
  console.error(error.message);
  process.exitCode = 1;
});
