import { Button, CloseButton } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { IconDownload } from '@tabler/icons-react';
import { messageOf, ProblemError, useWaybill } from '@waybill/client/react';
import { useEffect, useRef, useState } from 'react';
import { plural } from '../../format.ts';
import { useCommands } from '../../shortcuts/registry.ts';
import { type CsvProgress, fileName, readCsv, save } from './csv.ts';
import css from './export-button.module.css';
import { filterOf, type View } from './view.ts';

/** `total`: how many orders match; null if nobody knows. */
export function ExportButton({ view, total }: { view: View; total: number | null }) {
  const client = useWaybill();
  const [progress, setProgress] = useState<CsvProgress | null>(null);
  const under = useRef<AbortController | null>(null);
  useEffect(() => () => under.current?.abort(), []);

  async function run(): Promise<void> {
    const wanted = new AbortController();
    under.current = wanted;
    setProgress({ rows: 0, bytes: 0 });
    const say = (color: string, title: string, message: string) =>
      notifications.show({ color, title, message, closeButtonProps: { 'aria-label': 'Close' } });
    let rows = 0;
    try {
      const file = await readCsv(client, filterOf(view), wanted.signal, (progress) => {
        rows = progress.rows;
        setProgress(progress);
      });
      const name = fileName(view, new Date());
      save(file, name);
      say('green', `${plural(rows, 'order')} exported`, name);
    } catch (error) {
      const words = error instanceof ProblemError ? messageOf(error) : error instanceof Error ? error.message : messageOf(error);
      if (!wanted.signal.aborted) say('red', 'The list was not exported', words);
    } finally {
      setProgress(null);
    }
  }
  useCommands(progress ? [] : [{
    id: 'export', name: 'Export this list as a CSV file', icon: IconDownload, keywords: 'download', run: () => void run(),
  }]);
  if (!progress) {
    return (
      <Button variant="default" leftSection={<IconDownload size={16} />} onClick={() => void run()} title="Export this list as a CSV file">
        Export
      </Button>
    );
  }
  return (
    <div className={css.under}>
      <span>
        {progress.rows.toLocaleString()}{total !== null && ` of ${total.toLocaleString()}`} · {size(progress.bytes)}
      </span>
      <progress aria-label="Export" {...(total !== null && { value: Math.min(progress.rows, total), max: Math.max(1, total) })} />
      <CloseButton aria-label="Stop the export" onClick={() => under.current?.abort()} />
    </div>
  );
}

function size(bytes: number): string {
  return bytes < 1e6 ? `${Math.ceil(bytes / 1e3).toLocaleString()} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}
