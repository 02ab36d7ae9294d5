export {
  type BackboneFeatures,
  type BackboneInfo,
  MOST_FEATURES,
  MOST_INPUT,
  NOT_FINITE,
} from "./base/backbone.ts";
export * from "./base/checks.ts";
export * from "./base/image.ts";
export { type ImageSize, imageSize } from "./base/image-size.ts";
export { type PairedDifference, pairedDifference, rowLosses } from "./base/losses.ts";
export { createMail, endMail, serveRows } from "./base/mail.ts";
export { exp, expm1, log, log1p } from "./base/math.ts";
export * from "./base/matrix.ts";
export * from "./base/random.ts";
export { storedMatrix } from "./base/stored.ts";
export * from "./base/table.ts";
export { chiSquareTail, normalQuantile, normalTail } from "./base/tails.ts";
export { byCodePoint } from "./base/text.ts";
export { VERSION } from "./base/version.ts";
export {
  applyCalibrator,
  type Calibrator,
  methodOf,
  shiftsOf,
  temperatureOf,
} from "./calibrate/calibrator.ts";
export {
  CALIBRATION_METHODS,
  type CalibrationChoice,
  type CalibrationMethod,
  type TemperatureCalibrator,
} from "./calibrate/kinds.ts";
export { calibratorFor, fitCalibrator, type TriedMethod } from "./calibrate/methods.ts";
export {
  addShifts,
  type EstimatedPrior,
  mostLikelyPrior,
  priorShifts,
  ratiosAt,
} from "./calibrate/prior.ts";
export { fitShifts } from "./calibrate/shifts.ts";
export {
  type CalibrationCurve,
  type CalibrationParameter,
  type CalibrationReport,
  parametersOf,
} from "./calibrate/summary.ts";
export { chooseCalibrator, fitTemperature } from "./calibrate/temperature.ts";
export {
  type CalibrateOptions,
  type Calibration,
  calibrate,
  type ScoreKind,
  type Scores,
} from "./classifier/calibrate.ts";
export * from "./classifier/calibrate-table.ts";
export * from "./classifier/calibrator-file.ts";
export * from "./classifier/classifier.ts";
export * from "./classifier/compare.ts";
export type {
  CellChange,
  Counterfactual,
  CounterfactualOptions,
} from "./classifier/counterfactual.ts";
export { learningCurve } from "./classifier/curve.ts";
export type { LearningCurve, LearningPoint, Projection } from "./classifier/curve-summary.ts";
export type { ChosenNumber, DecisionReport } from "./classifier/decide.ts";
export * from "./classifier/evaluate.ts";
export type { HiddenLayers } from "./classifier/hidden-model.ts";
export type { HiddenOptions } from "./classifier/hidden-options.ts";
export * from "./classifier/importance.ts";
export type { Journal } from "./classifier/journal.ts";
export * from "./classifier/model.ts";
export * from "./classifier/multi/classifier.ts";
export type { MultiLabelEvaluateOptions } from "./classifier/multi/evaluate.ts";
export type { Head, MultiLabelModel } from "./classifier/multi/model.ts";
export type { MultiLabelOptions, MultiLabelTrainOptions } from "./classifier/multi/options.ts";
export type * from "./classifier/multi/report.ts";
export type { TrainedMultiLabel } from "./classifier/multi/train.ts";
export * from "./classifier/options.ts";
export * from "./classifier/partial.ts";
export { estimatePrior, priorOfModel, priorShares, withPrior } from "./classifier/prior.ts";
export type { ImbalanceOptions, PriorOption } from "./classifier/prior-options.ts";
export * from "./classifier/recalibrate.ts";
export * from "./classifier/redecide.ts";
export * from "./classifier/report.ts";
export * from "./classifier/score-table.ts";
export { checkSetOptions, type SetOptions, type SetsReport } from "./classifier/set-options.ts";
export * from "./classifier/shrink.ts";
export * from "./classifier/train.ts";
export type { TuneClock, TuneEvent, TuneLimits, TuneOptions } from "./classifier/tune/options.ts";
export type * from "./classifier/tune/report.ts";
export { type Tuned, tune } from "./classifier/tune/tune.ts";
export type { ChosenDecision, Spread } from "./decide/choose.ts";
export * from "./decide/decision.ts";
export { checkDecideOptions, type DecideOptions, WAYS, type Way } from "./decide/options.ts";
export * from "./decide/sets.ts";
export { MISSING_TEXTS, meansMissing, plainNumber } from "./encode/cells.ts";
export { checkEncoder } from "./encode/check.ts";
export { checkColumns } from "./encode/columns.ts";
export type { ColumnReport } from "./encode/describe.ts";
export {
  type ColumnEncoder,
  CURVES,
  candidateShapes,
  type Encoder,
  encode,
  encodedWidth,
  fitEncoder,
  LINES,
  type Shape,
} from "./encode/encoder.ts";
export { type Backbone, backboneInput, withFeatures } from "./encode/image/backbone.ts";
export { decodePicture, MAX_PIXELS } from "./encode/image/decode.ts";
export type { ImageEncoder, ImageShape, PatchShape } from "./encode/image/image.ts";
export type { ImageChoice, ImageFeatures, ImageFlip } from "./encode/image/options.ts";
export { HELD_SIDE, heldPicture } from "./encode/image/resize.ts";
export { type LabelPlaces, type LabelSets, splitLabels } from "./encode/label-sets.ts";
export { checkedLabelsOf, type Labels, labelsOf } from "./encode/labels.ts";
export type { NumericEncoder } from "./encode/numeric.ts";
export { rowsToTable } from "./encode/rows.ts";
export type { ColumnKind, ColumnSchema, Schema } from "./encode/schema.ts";
export {
  type Strays,
  type StrayTally,
  strayRemarks,
  straysOf,
  strayTally,
} from "./encode/strays.ts";
export { TextCorpus } from "./encode/text/corpus.ts";
export type { GramEncoder } from "./encode/text/grams.ts";
export type { TextChoice, TextWeights } from "./encode/text/shapes.ts";
export { registerStemmer, type Stemmer } from "./encode/text/symbols.ts";
export type {
  TextEncoder as TextColumnEncoder,
  TextOptions,
  TextShape,
} from "./encode/text/text.ts";
export { type Understanding, type UnderstandOptions, understand } from "./encode/understand.ts";
export { type ConfidentJoint, confidentJoint } from "./explain/confident.ts";
export {
  type ColumnEffect,
  contributions,
  effects,
  type LevelEffect,
  usedColumns,
} from "./explain/effects.ts";
export type { ColumnOdds, OddsStep } from "./explain/odds.ts";
export type { TextPart } from "./explain/parts.ts";
export type { ClassReason, ColumnReason, Reasons } from "./explain/reasons.ts";
export type { JudgedCell, JudgedRow, LabelPair, RowsReport } from "./explain/rows.ts";
export type { LabelTerms, TermEffect } from "./explain/terms.ts";
export { type Excerpt, excerptOf, type JudgedText, type TextsReport } from "./explain/texts.ts";
export * from "./file/container.ts";
export * from "./file/pack.ts";
export * from "./file/sha256.ts";
export type { DType, Tensor, TensorData } from "./file/tensor.ts";
export type { CovarianceKind, WeightKind } from "./infer/covariance.ts";
export * from "./infer/infer.ts";
export type * from "./infer/inference.ts";
export type { TableInferOptions } from "./infer/table.ts";
export * from "./kernels/describe.ts";
export * from "./kernels/kernels.ts";
export { kernelBytes, wasmAvailable } from "./kernels/module.ts";
export type { Activation } from "./kernels/network.ts";
export * from "./kernels/reference.ts";
export { sharedKernels } from "./kernels/shared.ts";
export * from "./kernels/wasm.ts";
export type { Estimate } from "./measure/bootstrap.ts";
export type { ReliabilityBin } from "./measure/calibration.ts";
export {
  type CompareOptions,
  compareLogits,
  type DeLong,
  type PairedMetric,
  type PairedMetrics,
} from "./measure/compare.ts";
export type { DecidedPair, ModelLabels } from "./measure/compare-labels.ts";
export type { ClassMetrics } from "./measure/confusion.ts";
export type { Expected } from "./measure/consistency.ts";
export type { ReliabilityPoint } from "./measure/curves.ts";
export type { Aim, DecidedMetrics, LabelScores } from "./measure/decided.ts";
export { type McNemar, mcnemar } from "./measure/mcnemar.ts";
export * from "./measure/measure-calibration.ts";
export * from "./measure/metrics.ts";
export * from "./measure/multi-label.ts";
export type { OperatingPoints } from "./measure/operating.ts";
export { type RiskCoverage, type RiskPoint, riskCoverage } from "./measure/risk.ts";
export type { SetMetrics } from "./measure/sets.ts";
export type { BrierTest } from "./measure/spiegelhalter.ts";
export type { RowBlock } from "./model/blocks.ts";
export { type BlockFitOptions, type Fit, type FitOptions, fit } from "./model/fit.ts";
export { type FitPathOptions, fitPath, type PathFit } from "./model/fit-path.ts";
export { createMatrix, type MatrixSize } from "./model/home.ts";
export type { MatrixLike } from "./model/inputs.ts";
export type { OptimizerName, OptimizerOptions } from "./model/method.ts";
export {
  createOnlineFit,
  OnlineFit,
  type OnlineOptions,
  type OnlineState,
  resumeOnlineFit,
} from "./model/online.ts";
export { type LinearModel, predictLogits, predictProbabilities } from "./model/predict.ts";
export type { Score } from "./model/progressive.ts";
export type { RowSpool, RowStorage, SpoolShape } from "./model/row-storage.ts";
export type { WeightBits } from "./model/stored.ts";
export {
  type BagOptions,
  createTrainer,
  type FitReason,
  type FitRequest,
  type FitTask,
  type FittedWeights,
  type Problem,
  type Trainer,
  type TrainerInput,
} from "./model/trainer.ts";
export type { TracePoint } from "./optim/contracts.ts";
export type { Schedule } from "./optim/schedule.ts";
export { argmax, topK } from "./softmax/choose.ts";
export {
  type CrossEntropyOptions,
  crossEntropy,
  crossEntropyGradient,
  type Targets,
} from "./softmax/cross-entropy.ts";
export { entropy, klDivergence } from "./softmax/information.ts";
export type {
  Like,
  MaskOptions,
  RowOptions,
  TemperatureOptions,
  Values,
} from "./softmax/rows.ts";
export { gumbelSoftmax, sample, sampleLogits } from "./softmax/sample.ts";
export { type ElementOptions, logSigmoid, sigmoid, softplus } from "./softmax/sigmoid.ts";
export { logSoftmax, logSumExp, softmax } from "./softmax/softmax.ts";
export { entmax15, sparsemax } from "./softmax/sparse.ts";
export {
  entmax15Vjp,
  logSoftmaxVjp,
  softmaxVjp,
  sparsemaxVjp,
  type VjpOptions,
} from "./softmax/vjp.ts";
