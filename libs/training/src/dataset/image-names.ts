const imageExtension =
  /\.(jpe?g|jpe|jfif|png|webp|gif|avif|tiff?|bmp|dib|hei[cf]|svg|jxl|jp2|j2k|psd|dng|cr[23]|nef|arw|raf|rw2|orf|ico|p[bgp]m)$/i;

/** Matches files that operating systems and tools leave behind, which are ignored. */
const litter =
  /^(\._.*|\.DS_Store|\.git|\.gitignore|\.gitattributes|\.gitkeep|\.svn|\.ipynb_checkpoints|\.Spotlight-V100|\.Trashes|\.fseventsd|\.AppleDouble|\.TemporaryItems|\.idea|\.vscode|\.directory|\.picasa\.ini|\.nomedia|__MACOSX|__pycache__|@eaDir|Thumbs\.db|ehthumbs\.db|desktop\.ini)$/i;

/** Returns whether a file is named like an image, including formats that are not read here. */
export function isImageName(path: string): boolean {
  return imageExtension.test(path);
}

export function isLitter(parts: readonly string[]): boolean {
  return parts.some((part) => litter.test(part));
}

/** Returns whether a file or a folder around it is hidden, by Unix convention. */
export function isHidden(parts: readonly string[]): boolean {
  return parts.some((part) => part.startsWith('.'));
}
