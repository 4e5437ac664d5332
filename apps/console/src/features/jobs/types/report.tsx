import { Alert, Button, Paper, Stack, Text, Title } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import { apiHref } from '@/api/client';
import { Facts } from '@/ui/facts';
import { count, decimal, duration, percent, plural } from '@/ui/format';
import { Section } from '@/ui/section';
import classes from './report.module.css';
import type { JobOf, TypeView } from './type-view';

type Result = NonNullable<JobOf<'report'>['result']>;
type ReportedImage = Result['outliers'][number]['image'];

/** Number of rows shown at first, and added by each press. */
const step = 24;

/** Twice the size of the largest tile, for high-resolution screens. */
const thumbnailSize = 272;

export const reportView: TypeView<'report'> = {
  subject: ({ version, dataset }) =>
    `${dataset.name}, by the features of ${version.model}:${version.version}`,
  Result: ({ job, result }) => (
    <Stack gap="lg">
      <Paper component="section" aria-label="Result">
        <Title order={2} fz="lg" mb="md">
          {plural(result.suspectCount, 'label')} may be wrong
        </Title>
        <Facts
          items={[
            { label: 'Images', value: count(result.images) },
            { label: 'Skipped', value: count(result.skipped) },
            { label: 'Near duplicates', value: count(result.duplicateCount) },
            { label: 'Top-1 of a linear fit', value: percent(result.top1) },
            { label: 'Time', value: duration(result.seconds) },
          ]}
        />
      </Paper>
      {result.seen && (
        <Alert color="yellow">
          This version was trained on this dataset and has learned its wrong labels, too: most of
          them stay hidden. Use a version that has not seen these images.
        </Alert>
      )}
      <Tiles
        title="Suspect labels"
        description="The most suspect first, with the label and the suggested class."
        rows={result.suspects.map(({ image, suggested, other }) => (
          <li key={image.index}>
            <Thumbnail dataset={job.dataset.id} image={image} />
            <Text fz="sm">
              {image.class} → <strong>{suggested}</strong> {percent(other)}
            </Text>
          </li>
        ))}
      />
      <Tiles
        title="Near duplicates"
        description="Pairs across splits make validation results too good."
        grid={classes.pairs}
        rows={result.duplicates.map(({ a, b, similarity, sameBytes }) => (
          <li key={`${a.index} ${b.index}`}>
            <div className={classes.pair}>
              <Thumbnail dataset={job.dataset.id} image={a} />
              <Thumbnail dataset={job.dataset.id} image={b} />
            </div>
            <Text fz="sm">
              {sameBytes ? 'The same file' : `Similarity ${decimal(similarity)}`}
              {a.class !== b.class && `, ${a.class} and ${b.class}`}
              {a.split !== b.split && `, ${a.split ?? 'no split'} and ${b.split ?? 'no split'}`}
            </Text>
          </li>
        ))}
      />
      <Tiles
        title="Outliers"
        description="Images that are least similar to any others."
        rows={result.outliers.map(({ image, nearness }) => (
          <li key={image.index}>
            <Thumbnail dataset={job.dataset.id} image={image} />
            <Text fz="sm">
              {image.class}, {decimal(nearness)}
            </Text>
          </li>
        ))}
      />
    </Stack>
  ),
};

function Tiles(props: { title: string; description: string; rows: ReactNode[]; grid?: string }) {
  const { title, description, rows, grid = classes.grid } = props;
  const [shown, setShown] = useState(step);
  return (
    <Section title={title} description={description}>
      {rows.length === 0 ? (
        <Text c="dimmed">None were found.</Text>
      ) : (
        <ul className={grid} aria-label={title}>
          {rows.slice(0, shown)}
        </ul>
      )}
      {rows.length > shown && (
        <Button variant="default" mt="md" onClick={() => setShown(shown + step)}>
          Show more of {count(rows.length)}
        </Button>
      )}
    </Section>
  );
}

function Thumbnail({ dataset, image }: { dataset: string; image: ReportedImage }) {
  const href = apiHref('/datasets/{id}/images/{index}', {
    path: { id: dataset, index: String(image.index) },
  });
  return (
    <a href={href} target="_blank" rel="noreferrer" title={`${image.class} · ${image.name}`}>
      {/* Thumbnails come from the API at the right size already. */}
      <img
        className={classes.image}
        src={`${href}?size=${thumbnailSize}`}
        alt={`${image.class}: ${image.name}`}
        loading="lazy"
      />
    </a>
  );
}
