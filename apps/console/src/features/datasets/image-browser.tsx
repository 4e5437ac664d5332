'use client';

import { Grid, ScrollArea, UnstyledButton } from '@mantine/core';
import { useState } from 'react';
import type { Dataset } from '@/api/types';
import { count, plural } from '@/ui/format';
import { Section } from '@/ui/section';
import classes from './image-browser.module.css';
import { ImageGrid } from './image-grid';

/** Bars of the class counts on the left choose the images on the right. */
export function ImageBrowser({ dataset }: { dataset: Dataset }) {
  const [chosen, setChosen] = useState<string>();
  const largest = Math.max(...dataset.classes.map((each) => each.count));
  const toggle = (name: string) => setChosen(chosen === name ? undefined : name);
  return (
    <Grid gap="lg">
      <Grid.Col span={{ base: 12, md: 4 }}>
        <Section title="Classes" description="Choose one to see only its images.">
          <ScrollArea.Autosize mah={560} offsetScrollbars="present">
            {dataset.classes.map((each) => (
              <UnstyledButton
                key={each.name}
                className={classes.bar}
                onClick={() => toggle(each.name)}
                aria-pressed={chosen === each.name}
                aria-label={`${each.name}, ${plural(each.count, 'image')}`}
              >
                <span className={classes.label}>
                  <span className={classes.name}>{each.name}</span>
                  <span className={classes.count}>{count(each.count)}</span>
                </span>
                <span className={classes.track}>
                  <span
                    className={classes.fill}
                    style={{ width: `${(each.count / largest) * 100}%` }}
                  />
                </span>
              </UnstyledButton>
            ))}
          </ScrollArea.Autosize>
        </Section>
      </Grid.Col>
      <Grid.Col span={{ base: 12, md: 8 }}>
        <Section title={chosen === undefined ? 'Images' : `Images of ${chosen}`}>
          <ImageGrid key={chosen ?? ''} dataset={dataset} className={chosen} />
        </Section>
      </Grid.Col>
    </Grid>
  );
}
