import type { CSSProperties } from 'react';
import type { ModelConfusion } from '@/api/types';
import { total } from './confusion';
import classes from './heat-map.module.css';

type Matrix = NonNullable<ModelConfusion['matrix']>;

/** A confusion matrix, shaded by each cell's share of its row. */
export function HeatMap({ matrix: { labels, counts } }: { matrix: Matrix }) {
  return (
    <div className={classes.scroll} tabIndex={0} role="group" aria-label="Confusion matrix table">
      <table className={classes.matrix} aria-label="Confusion matrix">
        <thead>
          <tr>
            <th scope="col" className={classes.corner}>
              true ↓ predicted →
            </th>
            {labels.map((label) => (
              <th key={label} scope="col" className={classes.column}>
                <span>{label}</span>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {counts.map((row, truth) => (
            <tr key={labels[truth]}>
              <th scope="row" className={classes.row}>
                {labels[truth]}
              </th>
              {row.map((cell, predicted) => (
                <td
                  key={predicted}
                  title={`${labels[truth]} predicted as ${labels[predicted]}: ${cell}`}
                  data-right={truth === predicted || undefined}
                  data-strong={cell / total(row) > 0.5 || undefined}
                  style={{ '--share': cell / (total(row) || 1) } as CSSProperties}
                >
                  {cell}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
