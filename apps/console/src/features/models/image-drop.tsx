'use client';

import { Stack, Text } from '@mantine/core';
import { Dropzone } from '@mantine/dropzone';
import { IconPhotoPlus } from '@tabler/icons-react';
import { useEffect, useMemo } from 'react';
import classes from './image-drop.module.css';

export function ImageDrop(props: { image?: File; onImage: (image: File) => void }) {
  const { image, onImage } = props;
  const preview = useMemo(() => image && URL.createObjectURL(image), [image]);
  useEffect(() => () => (preview ? URL.revokeObjectURL(preview) : undefined), [preview]);
  return (
    <Dropzone
      onDrop={([dropped]) => dropped && onImage(dropped)}
      multiple={false}
      className={classes.dropzone}
      inputProps={{ 'aria-label': 'Image' }}
      role="button"
      aria-label="Drop an image here or press Enter to choose one"
    >
      <Stack align="center" justify="center" gap={6} mih={320}>
        {preview ? (
          <img src={preview} alt={image?.name ?? ''} className={classes.preview} />
        ) : (
          <IconPhotoPlus size={44} stroke={1.2} aria-hidden />
        )}
        <Text fw={600} ta="center">
          {image ? image.name : 'Drop an image here, or choose one'}
        </Text>
        <Text fz="sm" c="dimmed" ta="center">
          {image ? 'Drop another one to continue' : 'Pasting from the clipboard works too'}
        </Text>
      </Stack>
    </Dropzone>
  );
}
