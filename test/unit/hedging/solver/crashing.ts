// Entry of a thread that ends before it answers.
export function plan(): never {
  process.exit(3);
}
