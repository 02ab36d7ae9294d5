export {
  type PairedDifference,
  pairedDifference,
  rowLosses,
  weightedMean,
} from "../base/losses.ts";
