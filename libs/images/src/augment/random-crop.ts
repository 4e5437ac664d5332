import type { Area } from '../pixels';
import type { Draws } from '../random';

/** Range of width to height, from torchvision's RandomResizedCrop. */
const aspects = [3 / 4, 4 / 3] as const;

/** Maximum number of rectangles to try before falling back to a central crop. */
const attempts = 10;

/**
 * Returns a random part of an image to resize to a square, as torchvision's RandomResizedCrop.get_params does.
 * @param within the part of the image that the crop must lie in
 * @param smallest minimum share of that part's area, in (0, 1]
 */
export function randomCrop(within: Area, smallest: number, draws: Draws): Area {
  const crop = fittingCrop(within, smallest, draws) ?? centralCrop(within);
  return { ...crop, left: within.left + crop.left, top: within.top + crop.top };
}

function fittingCrop(within: Area, smallest: number, draws: Draws): Area | undefined {
  for (let attempt = 0; attempt < attempts; attempt++) {
    const area = within.width * within.height * draws.uniform(smallest, 1);
    const aspect = Math.exp(draws.uniform(Math.log(aspects[0]), Math.log(aspects[1])));
    const width = Math.round(Math.sqrt(area * aspect));
    const height = Math.round(Math.sqrt(area / aspect));
    if (width < 1 || height < 1 || width > within.width || height > within.height) continue;
    const top = draws.integer(within.height - height + 1);
    const left = draws.integer(within.width - width + 1);
    return { left, top, width, height };
  }
  return undefined;
}

/** Returns the largest central part whose aspect is within the range. */
function centralCrop({ width, height }: Area): Area {
  const aspect = width / height;
  const crop = {
    width: aspect > aspects[1] ? Math.round(height * aspects[1]) : width,
    height: aspect < aspects[0] ? Math.round(width / aspects[0]) : height,
  };
  return {
    left: Math.floor((width - crop.width) / 2),
    top: Math.floor((height - crop.height) / 2),
    width: crop.width,
    height: crop.height,
  };
}
