const imageExtension =
  /\.(jpe?g|jpe|jfif|png|webp|gif|avif|tiff?|bmp|dib|hei[cf]|svg|jxl|jp2|j2k|psd|dng|cr[23]|nef|arw|raf|rw2|orf|ico|p[bgp]m)$/i;

/** What operating systems and tools leave behind: of no interest to anyone. */
const litter =
  /^(\._.*|\.DS_Store|\.git|\.gitignore|\.gitattributes|\.gitkeep|\.svn|\.ipynb_checkpoints|\.Spotlight-V100|\.Trashes|\.fseventsd|\.AppleDouble|\.TemporaryItems|\.idea|\.vscode|\.directory|\.picasa\.ini|\.nomedia|__MACOSX|__pycache__|@eaDir|Thumbs\.db|ehthumbs\.db|desktop\.ini)$/i;

/** Whether a file is named like an image, of formats that are not read here too. */
export function isImageName(path: string): boolean {
  return imageExtension.test(path);
}

export function isLitter(parts: readonly string[]): boolean {
  return parts.some((part) => litter.test(part));
}

/** Whether a file or a folder around it is hidden, as Unix does it. */
export function isHidden(parts: readonly string[]): boolean {
  return parts.some((part) => part.startsWith('.'));
}
