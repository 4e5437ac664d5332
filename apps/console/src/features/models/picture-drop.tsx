'use client';

import { Stack, Text } from '@mantine/core';
import { Dropzone } from '@mantine/dropzone';
import { IconPhotoPlus } from '@tabler/icons-react';
import { useEffect, useMemo } from 'react';
import classes from './picture-drop.module.css';

export function PictureDrop(props: { picture?: File; onPicture: (picture: File) => void }) {
  const { picture, onPicture } = props;
  const preview = useMemo(() => picture && URL.createObjectURL(picture), [picture]);
  useEffect(() => () => (preview ? URL.revokeObjectURL(preview) : undefined), [preview]);
  return (
    <Dropzone
      onDrop={([dropped]) => dropped && onPicture(dropped)}
      multiple={false}
      className={classes.dropzone}
      inputProps={{ 'aria-label': 'Picture' }}
      role="button"
      aria-label="Drop a picture here or press Enter to choose one"
    >
      <Stack align="center" justify="center" gap={6} mih={320}>
        {preview ? (
          <img src={preview} alt={picture?.name ?? ''} className={classes.preview} />
        ) : (
          <IconPhotoPlus size={44} stroke={1.2} aria-hidden />
        )}
        <Text fw={600} ta="center">
          {picture ? picture.name : 'Drop a picture here, or choose one'}
        </Text>
        <Text fz="sm" c="dimmed" ta="center">
          {picture ? 'Drop another one to go on' : 'Pasting from the clipboard works too'}
        </Text>
      </Stack>
    </Dropzone>
  );
}
