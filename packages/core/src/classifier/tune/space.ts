import { createRandom, type Random } from "../../base/random.ts";
import type { ColumnKind } from "../../encode/schema.ts";
import { checkTrainOptions, type TrainOptions } from "../options.ts";
import type { TunedImages, TunedOptions, TunedTexts } from "./report.ts";

/** What a search may choose among, on columns of these kinds. */
export interface Space {
  /** The next way to try: of a list first, then by chance, half of them near `best`; null where no other is found. */
  next(best: TunedOptions): TunedOptions | null;
}

/** A choice by name; undefined: as ever. */
type Genes = Readonly<Record<string, unknown>>;

interface Dimension {
  readonly name: string;
  /** One is drawn; those that stand there twice are drawn twice as often. */
  readonly values: readonly unknown[];
  /** Whether the caller has said it. */
  readonly stated: (options: TrainOptions) => boolean;
  /** Whether it has a say beside the other choices. */
  readonly applies: (genes: Genes, context: Context) => boolean;
}

interface Context {
  readonly options: TrainOptions;
  readonly kinds: ReadonlySet<ColumnKind>;
  /** Whether ways of calibrating are soon tried. */
  readonly calibrates: boolean;
}

/** Options of a linear model, which say that it is to be one. */
const OF_LINEAR = ["optimizer", "momentum", "nesterov", "schedule", "l1Ratio", "l2"];

const says = (options: object, name: string): boolean =>
  (options as Readonly<Record<string, unknown>>)[name] !== undefined;
const stated =
  (...names: string[]) =>
  (options: TrainOptions): boolean =>
    names.some((name) => says(options, name));
const statedText =
  (...names: string[]) =>
  ({ texts = {} }: TrainOptions): boolean =>
    names.some((name) => says(texts, name));
const statedImage =
  (name: string) =>
  ({ images = {} }: TrainOptions): boolean =>
    says(images, name);

const isNetwork = (genes: Genes, { options }: Context): boolean =>
  genes.hidden !== undefined || options.hidden !== undefined;
const isTexts = (_: Genes, { kinds }: Context): boolean => kinds.has("text");
const isPenalised = (genes: Genes, context: Context): boolean =>
  isTexts(genes, context) && context.options.texts?.embeddings === undefined;
const isImages = (_: Genes, { kinds }: Context): boolean => kinds.has("image");
const isPatches = (genes: Genes, context: Context): boolean =>
  isImages(genes, context) &&
  (genes["images.features"] ?? context.options.images?.features) !== "pixels";

const ofNetwork = (name: string, values: readonly unknown[]): Dimension => ({
  name,
  values,
  stated: stated(name),
  applies: isNetwork,
});

/** A choice of what hidden layers there are comes before all that hangs on it. */
const DIMENSIONS: readonly Dimension[] = [
  {
    name: "hidden",
    values: [undefined, [64], [128], [256], [512], [128, 64], [256, 128], [256, 256], [512, 256]],
    stated: (options) => stated("hidden", ...OF_LINEAR)(options) || options.loss === "focal",
    applies: (_, { kinds }) => !kinds.has("text"),
  },
  {
    name: "linear",
    values: [undefined, true],
    stated: stated("linear"),
    applies: (_, { kinds }) => kinds.has("numeric"),
  },
  {
    name: "l1Ratio",
    values: [undefined, 0.5, 1],
    stated: (options) => stated("l1Ratio", "optimizer")(options) || options.loss === "focal",
    applies: (genes, context) => !isNetwork(genes, context) && !isTexts(genes, context),
  },
  ofNetwork("activation", [undefined, undefined, "gelu", "tanh"]),
  ofNetwork("dropout", [undefined, 0.1, 0.2, 0.3, 0.5]),
  ofNetwork("learningRate", [undefined, undefined, 0.001, 0.002, 0.006, 0.01]),
  ofNetwork("weightDecay", [undefined, undefined, 0, 0.1, 1]),
  ofNetwork("batchSize", [undefined, undefined, 64, 256]),
  ofNetwork("epochs", [undefined, undefined, undefined, 100]),
  ofNetwork("averageSeeds", [undefined, undefined, undefined, 3]),
  {
    name: "calibration",
    values: [undefined, undefined, undefined, undefined, "auto"],
    stated: stated("calibration"),
    applies: (_, { calibrates }) => calibrates,
  },
  {
    name: "texts.grams",
    values: [
      undefined,
      { words: [1, 1] },
      { words: [1, 2] },
      { words: [1, 3] },
      { characters: [1, 5] },
      { characters: [2, 6] },
      { words: [1, 2], characters: [1, 4] },
      { words: [1, 2], characters: [2, 5] },
      { words: [1, 2], characters: [2, 6] },
      { words: [1, 3], characters: [1, 6] },
    ],
    stated: statedText("words", "characters"),
    applies: isTexts,
  },
  {
    name: "texts.weights",
    values: [undefined, "tf-idf", "bayes", "binary"],
    stated: statedText("weights"),
    applies: isPenalised,
  },
  {
    name: "texts.leastTexts",
    values: [undefined, undefined, 1, 3, 5],
    stated: statedText("leastTexts", "hashBits"),
    applies: isTexts,
  },
  {
    name: "texts.mostShare",
    values: [undefined, undefined, undefined, 0.5],
    stated: statedText("mostShare", "hashBits"),
    applies: isTexts,
  },
  {
    name: "texts.normalise",
    values: [undefined, undefined, undefined, false],
    stated: statedText("normalise"),
    applies: isPenalised,
  },
  {
    name: "images.features",
    values: [undefined, "patches", "patches", "pixels"],
    stated: statedImage("features"),
    applies: isImages,
  },
  {
    name: "images.size",
    values: [undefined, undefined, 16, 24, 32, 48, 64],
    stated: statedImage("size"),
    applies: isImages,
  },
  {
    name: "images.patch",
    values: [undefined, undefined, 4, 5, 8],
    stated: statedImage("patch"),
    applies: isPatches,
  },
  {
    name: "images.centroids",
    values: [undefined, 200, 800, 1600],
    stated: statedImage("centroids"),
    applies: isPatches,
  },
  {
    name: "images.grid",
    values: [undefined, undefined, 2, 4],
    stated: statedImage("grid"),
    applies: isPatches,
  },
];

/** What is tried first: what has often been worth it, the cheap before the dear. */
const FIRST: readonly Genes[] = [
  { hidden: [64], linear: true },
  { hidden: [128, 64], linear: true },
  { l1Ratio: 1 },
  { hidden: [256, 128], linear: true, activation: "gelu", dropout: 0.2 },
  { calibration: "auto" },
  { hidden: [64], weightDecay: 1 },
  { l1Ratio: 0.5 },
  { hidden: [256, 128], linear: true, averageSeeds: 3 },
  { linear: true },
  { hidden: [512], dropout: 0.3 },
  { "texts.grams": { words: [1, 2], characters: [2, 6] }, "texts.weights": "tf-idf" },
  { "texts.grams": { words: [1, 3] }, "texts.weights": "bayes" },
  { "texts.grams": { words: [1, 2], characters: [1, 4] }, "texts.weights": "bayes" },
  { "images.features": "patches", "images.centroids": 800 },
  { "images.features": "patches", "images.size": 24 },
];

/** Draws in vain after which there is nothing new. */
const MOST_DRAWS = 200;

/** A table as a space sees it. */
export interface SpaceTable {
  readonly kinds: ReadonlySet<ColumnKind>;
  readonly rows: number;
  readonly classes: number;
}

/** Rows times the square of classes up to which ways of calibrating are searched: "auto" takes minutes on 20,000 rows of 26 classes. */
const MOST_CALIBRATED = 2 ** 18;

export function spaceOf(options: TrainOptions, { kinds, rows, classes }: SpaceTable): Space {
  const calibrates = rows * classes * classes <= MOST_CALIBRATED;
  const context = { options, kinds, calibrates };
  const dimensions = DIMENSIONS.filter((dimension) => !dimension.stated(options));
  const random = createRandom(options.seed ?? 1);
  const known = new Set([keyOf({})]);
  let place = 0;
  const draw = (best: TunedOptions): Genes => {
    if (place < FIRST.length) return onlyOf(dimensions, FIRST[place++]);
    return random.below(2) === 0 ? anywhere(dimensions, random) : near(best, dimensions, random);
  };
  return {
    next(best) {
      for (let tries = 0; tries < MOST_DRAWS; tries++) {
        const found = tunedOf(applicable(draw(best), dimensions, context));
        if (known.has(keyOf(found)) || !isPossible(options, found)) continue;
        known.add(keyOf(found));
        return found;
      }
      return null;
    },
  };
}

/** A way of training in words that are the same for the same. */
export const keyOf = (tuned: TunedOptions): string => JSON.stringify(tuned);

/** The options of a training with what was chosen. */
export const withTuned = <Options extends Omit<TrainOptions, "target">>(
  options: Options,
  { texts, images, ...tuned }: TunedOptions,
): Options => ({
  ...options,
  ...tuned,
  ...(texts === undefined ? {} : { texts: { ...options.texts, ...texts } }),
  ...(images === undefined ? {} : { images: { ...options.images, ...images } }),
});

const onlyOf = (dimensions: readonly Dimension[], genes: Genes): Genes =>
  Object.fromEntries(dimensions.map(({ name }) => [name, genes[name]]));

const anywhere = (dimensions: readonly Dimension[], random: Random): Genes =>
  Object.fromEntries(
    dimensions.map(({ name, values }) => [name, values[random.below(values.length)]]),
  );

/** One or two choices of the best made anew. */
function near(best: TunedOptions, dimensions: readonly Dimension[], random: Random): Genes {
  const genes: Record<string, unknown> = { ...genesOf(best) };
  if (dimensions.length === 0) return genes;
  for (let changes = 1 + random.below(2); changes > 0; changes--) {
    const { name, values } = dimensions[random.below(dimensions.length)];
    genes[name] = values[random.below(values.length)];
  }
  return genes;
}

/** Without what has no say beside the rest. */
function applicable(genes: Genes, dimensions: readonly Dimension[], context: Context): Genes {
  const kept: Record<string, unknown> = {};
  for (const { name, applies } of dimensions) {
    if (genes[name] !== undefined && applies(kept, context)) kept[name] = genes[name];
  }
  return kept;
}

/** In an order of keys that is always the same. */
function tunedOf(genes: Genes): TunedOptions {
  const top: Record<string, unknown> = {};
  const within: { texts: Record<string, unknown>; images: Record<string, unknown> } = {
    texts: {},
    images: {},
  };
  for (const { name } of DIMENSIONS) {
    const value = genes[name];
    if (value === undefined) continue;
    const [whose, part] = name.split(".");
    if (part === undefined) top[name] = value;
    else if (part === "grams") Object.assign(within.texts, value);
    else within[whose as keyof typeof within][part] = value;
  }
  return {
    ...(top as TunedOptions),
    ...(Object.keys(within.texts).length === 0 ? {} : { texts: within.texts as TunedTexts }),
    ...(Object.keys(within.images).length === 0 ? {} : { images: within.images as TunedImages }),
  };
}

function genesOf({ texts = {}, images = {}, ...top }: TunedOptions): Genes {
  const { words, characters, ...rest } = texts;
  const grams = {
    ...(words === undefined ? {} : { words }),
    ...(characters === undefined ? {} : { characters }),
  };
  return {
    ...top,
    ...(Object.keys(grams).length === 0 ? {} : { "texts.grams": grams }),
    ...Object.fromEntries(Object.entries(rest).map(([name, value]) => [`texts.${name}`, value])),
    ...Object.fromEntries(Object.entries(images).map(([name, value]) => [`images.${name}`, value])),
  };
}

/** Whether a training would take the options. */
function isPossible(options: TrainOptions, tuned: TunedOptions): boolean {
  try {
    checkTrainOptions(withTuned(options, tuned));
    return true;
  } catch (cause) {
    if (cause instanceof TypeError || cause instanceof RangeError) return false;
    throw cause;
  }
}
