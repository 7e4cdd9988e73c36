import type { ReactNode } from 'react';
import { Answer } from '../../parts/answer.tsx';
import { useMay } from '../../parts/may.ts';
import { ScreenHead } from '../../parts/screen-head.tsx';
import { Tabs } from '../../parts/tabs.tsx';
import { PIPELINE_TABS } from '../../url/pipeline-url.ts';
import { AutomationTab } from './automation-tab.tsx';
import { CodeTab } from './code-tab.tsx';
import { LineageTab } from './lineage-tab.tsx';
import { OverviewTab } from './overview-tab.tsx';
import { PipelineHead } from './pipeline-head.tsx';
import {
  printPlace,
  usePipeline,
  usePipelineUrl,
  usePlace,
  type TaggedPipeline,
} from './pipeline-place.ts';
import { RunsTab } from './runs-tab.tsx';
import { TestsTab } from './tests-tab.tsx';
import { VersionsTab } from './versions-tab.tsx';

/** One pipeline: how it goes, its code, its runs, and what starts it. */
export function PipelineScreen(): ReactNode {
  const place = usePlace();
  const content = usePipeline(place);
  return (
    <>
      {content.isLoadingError && <ScreenHead title={printPlace(place)} />}
      <Answer of={content} rows={10}>
        {(tagged) => <Loaded key={printPlace(place)} tagged={tagged} />}
      </Answer>
    </>
  );
}

function Loaded({ tagged }: { tagged: TaggedPipeline }): ReactNode {
  const { tab = 'overview' } = usePipelineUrl();
  const mayEdit = useMay('author');
  return (
    <>
      <PipelineHead pipeline={tagged.pipeline} isEdited={tab === 'code' && mayEdit} />
      <Tabs names={PIPELINE_TABS} shown={tab} label="parts of the pipeline" />
      {tab === 'overview' && <OverviewTab pipeline={tagged.pipeline} />}
      {tab === 'code' && <CodeTab tagged={tagged} />}
      {tab === 'runs' && <RunsTab />}
      {tab === 'tests' && <TestsTab />}
      {tab === 'lineage' && <LineageTab />}
      {tab === 'versions' && <VersionsTab tagged={tagged} />}
      {tab === 'automation' && <AutomationTab />}
    </>
  );
}
