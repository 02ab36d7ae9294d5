/** What kernels that take one row of the CSR block after the other know of the rows. */
@unmanaged export class StepsJob {
  starts: usize;
  columns: usize;
  values: usize;
  y: usize;
  s: usize; // f64, 0 where all weights are 1
  order: usize; // i32: the rows in the order of the steps
  first: usize; // steps of this call: positions in `order`
  last: usize;
}
