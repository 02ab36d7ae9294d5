import { registerStemmer } from "@softmax/core";
import { stemmer as porter } from "stemmer";

/**
 * Stemmers by language. A model names its stemmer with the version of the package that it is from, since another version may give
 * other stems: a model that asks for a version that is not there says so.
 */
const STEMMERS: ReadonlyMap<string, string> = new Map([["english", "porter-english/2.0.1"]]);

// At import, since a model that was loaded stems at its first row; the package is 6 KB.
registerStemmer("porter-english/2.0.1", porter);

/** The languages that have a stemmer: of English, Porter's (An algorithm for suffix stripping, 1980). */
export const STEMMER_LANGUAGES: readonly string[] = [...STEMMERS.keys()];

/** The name of a language's stemmer in models; another name is passed on, for stemmers of the caller's own. */
export const stemmerName = (name: string): string => STEMMERS.get(name) ?? name;
