import { createTheme, type MantineColorsTuple } from '@mantine/core';

/** Shade 7 carries white text at a contrast of 5.5. */
const pine: MantineColorsTuple = [
  '#effaf8',
  '#d3f2ec',
  '#a8e4da',
  '#74d0c2',
  '#40b5a6',
  '#23988b',
  '#157f75',
  '#0f6b63',
  '#10554f',
  '#0f4642',
];

const systemFonts =
  'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", Ubuntu, Cantarell, "Helvetica Neue", Arial, sans-serif';

export const theme = createTheme({
  colors: { pine },
  primaryColor: 'pine',
  primaryShade: { light: 7, dark: 6 },
  fontFamily: systemFonts,
  fontFamilyMonospace:
    'ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace',
  headings: { fontWeight: '650' },
  defaultRadius: 'md',
  cursorType: 'pointer',
  respectReducedMotion: true,
  components: {
    Paper: { defaultProps: { withBorder: true, p: 'lg' } },
    Tooltip: { defaultProps: { withArrow: true, openDelay: 300 } },
    Table: { defaultProps: { verticalSpacing: 'sm' } },
    Modal: { defaultProps: { centered: true } },
  },
});
