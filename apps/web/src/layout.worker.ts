import '@sessionflow/placement-view/layout.worker';
