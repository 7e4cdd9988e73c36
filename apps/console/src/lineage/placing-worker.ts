import { placeBoxes, type PlacedBoxes, type PlacingOrder } from './place-boxes.ts';

// Placing many boxes takes longer than a frame, so a worker does it while the page stays responsive.

/** The global scope of a worker, whose types are not those of a page. */
const scope = globalThis as unknown as {
  addEventListener: (
    type: 'message',
    listener: (event: MessageEvent<PlacingOrder>) => void,
  ) => void;
  postMessage: (places: PlacedBoxes) => void;
};

scope.addEventListener('message', ({ data }) => scope.postMessage(placeBoxes(data)));
