/**
 * Area under the ROC curve of class c against the rest: the weighted share of pairs (a row of c, another row) in which
 * the row of c has the higher value, ties counting half (Hanley & McNeil 1982; docs/math.md §6); null where one side is empty.
 *
 * order: positions of `values`, ascending. To `influence` it adds `scale` times each row's influence, so that with
 * other row weights w the area is, to first order, value + Σ_i w_i influence_i (DeLong et al. 1988):
 *
 *   (share of the rest below i − area) / weight of c      for a row i of c,
 *   (share of c above i − area) / weight of the rest      for another row.
 */
export function areaUnderCurve(
  values: Float64Array,
  order: Int32Array,
  y: Int32Array,
  s: Float64Array,
  c: number,
  influence: Float64Array,
  scale: number,
): number | null {
  const { own, rest } = sides(y, s, c);
  if (own === 0 || rest === 0) return null;
  const share = new Float64Array(values.length);
  let ownBelow = 0;
  let restBelow = 0;
  let area = 0;
  for (let start = 0, end = 0; start < order.length; start = end) {
    let ownHere = 0;
    let restHere = 0;
    for (; end < order.length && values[order[end]] === values[order[start]]; end++) {
      const i = order[end];
      if (y[i] === c) ownHere += s[i];
      else restHere += s[i];
    }
    const below = (restBelow + restHere / 2) / rest;
    const above = (own - ownBelow - ownHere / 2) / own;
    for (let j = start; j < end; j++) share[order[j]] = y[order[j]] === c ? below : above;
    area += (ownHere / own) * below;
    ownBelow += ownHere;
    restBelow += restHere;
  }
  for (let i = 0; i < share.length; i++) {
    influence[i] += (scale * (share[i] - area)) / (y[i] === c ? own : rest);
  }
  return area;
}

/** Weight of the rows of class c, and of the others. */
function sides(y: Int32Array, s: Float64Array, c: number): { own: number; rest: number } {
  let own = 0;
  let rest = 0;
  for (let i = 0; i < y.length; i++) {
    if (y[i] === c) own += s[i];
    else rest += s[i];
  }
  return { own, rest };
}
