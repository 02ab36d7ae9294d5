export * from "@softmax/core";
