export { massBins, sortOrder } from "../base/order.ts";
